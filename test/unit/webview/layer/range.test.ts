import { describe, expect, it } from 'vitest';
import { parseScheme } from '../../../../src/quant/schemeText';
import { placeOf, valueAt } from '../../../../webview/layer/handles';
import {
  axisAround,
  endLimits,
  keyValue,
  moveEnd,
  type RangeRule,
  rangeRule,
  rangeText,
  startRange,
  thresholdRange,
} from '../../../../webview/layer/range';

const ruleOf = (scheme: string): RangeRule => {
  const rule = rangeRule(scheme);
  if (typeof rule === 'string') throw new Error(rule);
  return rule;
};

describe('the scheme of a range set by hand', () => {
  it.each([
    ['int8', 'int8 tensor calib=range:-1,1'],
    ['int4 group=128 calib=mse', 'int4 tensor calib=range:-1,1'],
    ['int4 asym group=128', 'int4 asym tensor calib=range:-1,1'],
    ['uint8 tensor', 'uint8 tensor calib=range:-1,1'],
    ['uint4 sym channel=1', 'uint4 sym tensor calib=range:-1,1'],
    ['gptq int4 group=128', 'int4 tensor calib=range:-1,1'],
    ['hqq int4 group=64', 'int4 asym tensor calib=range:-1,1'],
    ['hqq uint4 group=64', 'uint4 tensor calib=range:-1,1'],
    ['bitsandbytes nf4', 'nf4 tensor calib=range:-1,1'],
    ['fp8-e4m3 block=128x128', 'fp8-e4m3 tensor calib=range:-1,1'],
    ['levels{0,2,4} round=down', 'levels{0,2,4} tensor calib=range:-1,1 round=down'],
    [
      'int4 range=full scale=f16 outliers=0.5%',
      'int4 tensor calib=range:-1,1 range=full scale=f16 outliers=0.5%',
    ],
    ['uint4 zero=free', 'uint4 tensor calib=range:-1,1 zero=free'],
  ])('%s', (scheme, expected) => {
    const text = rangeText(ruleOf(scheme), { lo: -1, hi: 1 });
    expect(text).toBe(expected);
    // The parser is the judge of what may be said.
    expect(parseScheme(text).calibration).toEqual({ kind: 'range', lo: -1, hi: 1 });
    const { grid, symmetric, rounding } = parseScheme(scheme);
    expect(parseScheme(text)).toMatchObject({ grid, symmetric, rounding });
    expect(parseScheme(text).granularity).toEqual({ kind: 'tensor' });
  });

  it('is read whatever the size of its numbers', () => {
    const rule = ruleOf('int8');
    for (const hi of [1e-12, 1.234e-7, 123456, 1.5e21]) {
      const range = moveEnd(
        { kind: 'any', axis: { from: -hi, to: hi } },
        { lo: -hi, hi },
        {
          end: 'hi',
          to: hi,
        },
      );
      expect(parseScheme(rangeText(rule, range)).calibration).toEqual({ kind: 'range', ...range });
    }
  });

  it.each(['fp16', 'bf16', 'mxfp4', 'nvfp4', 'nf4-double', 'q4_k', 'iq4_nl', 'tq1_0'])(
    'there is none of %s, and it says why',
    scheme => {
      expect(rangeRule(scheme)).toContain(scheme);
    },
  );

  it('says which ranges there are', () => {
    expect(ruleOf('int8').kind).toBe('mirrored');
    expect(ruleOf('uint8').kind).toBe('around-zero');
    expect(ruleOf('uint8 zero=free').kind).toBe('any');
    expect(ruleOf('nf4').kind).toBe('mirrored');
  });
});

describe('an end of a range', () => {
  const axis = { from: -2, to: 2 };

  it('moves with the other one where they are mirrored', () => {
    const field = { kind: 'mirrored', axis } as const;
    expect(moveEnd(field, { lo: -2, hi: 2 }, { end: 'hi', to: 1.23456 })).toEqual({
      lo: -1.235,
      hi: 1.235,
    });
    expect(moveEnd(field, { lo: -2, hi: 2 }, { end: 'lo', to: -0.5 })).toEqual({
      lo: -0.5,
      hi: 0.5,
    });
  });

  it('does not pass 0, nor the other end', () => {
    const field = { kind: 'around-zero', axis } as const;
    expect(moveEnd(field, { lo: -1, hi: 1 }, { end: 'lo', to: 0.7 })).toEqual({ lo: 0, hi: 1 });
    const both = moveEnd(field, { lo: 0, hi: 1 }, { end: 'hi', to: -5 });
    expect(both.hi).toBeGreaterThan(both.lo);
    const any = moveEnd({ kind: 'any', axis }, { lo: -1, hi: 1 }, { end: 'lo', to: 3 });
    expect(any.lo).toBeLessThan(any.hi);
    expect(any.lo).toBeGreaterThan(0.9);
  });

  it('stays on the axis', () => {
    const field = { kind: 'any', axis } as const;
    expect(moveEnd(field, { lo: -1, hi: 1 }, { end: 'hi', to: 99 })).toEqual({ lo: -1, hi: 2 });
    const mirrored = { kind: 'mirrored', axis } as const;
    expect(moveEnd(mirrored, { lo: -1, hi: 1 }, { end: 'hi', to: -99 }).hi).toBeGreaterThan(0);
  });

  it('is moved by the keys of a slider', () => {
    const limits = endLimits({ kind: 'any', axis }, { lo: -1, hi: 1 }, 'hi');
    expect(keyValue('ArrowRight', 1, limits)).toBeCloseTo(1.02, 12);
    expect(keyValue('ArrowDown', 1, limits)).toBeCloseTo(0.98, 12);
    expect(keyValue('PageDown', 1, limits)).toBeCloseTo(0.6, 12);
    expect(keyValue('Home', 1, limits)).toBe(limits.min);
    expect(keyValue('End', 1, limits)).toBe(2);
    expect(keyValue('a', 1, limits)).toBeNull();
  });

  it('every step of the keys changes the scheme', () => {
    const field = { kind: 'mirrored', axis: { from: -12345, to: 12345 } } as const;
    const range = { lo: -9999, hi: 9999 };
    const to = keyValue('ArrowLeft', 9999, endLimits(field, range, 'hi'))!;
    expect(moveEnd(field, range, { end: 'hi', to }).hi).toBeLessThan(9999);
  });
});

describe('dragging', () => {
  const axis = { from: -4, to: 4 };
  const area = { left: 40, right: 440, top: 0, bottom: 100, width: 400, height: 100 };

  it('goes from a value to a place and back', () => {
    for (const value of [-4, -1.5, 0, 3.99])
      expect(valueAt(placeOf(value, { axis, area }), { axis, area })).toBeCloseTo(value, 12);
    expect(placeOf(0, { axis, area })).toBe(240);
  });

  it('keeps the handle in sight, and goes on beyond the plot', () => {
    expect(placeOf(99, { axis, area })).toBe(440);
    expect(valueAt(490, { axis, area })).toBe(5);
  });
});

describe('where a range begins', () => {
  it('is what the scheme can represent; both ends alike where they are mirrored', () => {
    expect(startRange('mirrored', { lo: -8, hi: 7 })).toEqual({ lo: -8, hi: 8 });
    expect(startRange('any', { lo: -8, hi: 7 })).toEqual({ lo: -8, hi: 7 });
  });

  it('is on the axis', () => {
    expect(axisAround({ lo: -1, hi: 2 }, { lo: -3, hi: 1 })).toEqual({ from: -3, to: 2 });
    expect(axisAround({ lo: -1, hi: 2 }, null)).toEqual({ from: -1, to: 2 });
  });
});

describe('a threshold of a calibration curve', () => {
  it('is both ends, or the share that is kept of both', () => {
    const extremes = { lo: -1, hi: 4 };
    expect(thresholdRange('mirrored', 2, extremes)).toEqual({ lo: -2, hi: 2 });
    expect(thresholdRange('around-zero', 2, extremes)).toEqual({ lo: -0.5, hi: 2 });
    expect(thresholdRange('around-zero', 2, { lo: 1, hi: 4 })).toEqual({ lo: 0, hi: 2 });
    expect(thresholdRange('any', 2, { lo: 1, hi: 4 })).toEqual({ lo: 0.5, hi: 2 });
  });
});
