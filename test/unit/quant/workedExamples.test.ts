import { describe, expect, test } from 'vitest';
import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../../../src/base/float16';
import { smallFloats, smallFloatTable } from '../../../src/base/smallFloat';
import { CastCounter } from '../../../src/stats/casts';
import { runScheme } from './runScheme';

/** Quantizes one row. */
const run = (text: string, x: readonly number[]) =>
  runScheme(text, Float32Array.from(x), [1, x.length]);
const resultsOf = (text: string, x: readonly number[]) => [...run(text, x).results];
const codesOf = (text: string, x: readonly number[]) => run(text, x).codes;

describe('number formats', () => {
  test.each([
    ['fp16', 65504, 0x7bff],
    ['bf16', 3.3895313892515355e38, 0x7f7f],
  ])('%s: largest finite value %d', (name, largest, code) => {
    const { codes, results, report } = run(name, [largest, -largest]);
    expect([...results]).toEqual([largest, -largest]);
    expect(codes).toEqual([code, code + 0x8000]);
    expect(report.clippedFraction).toBe(0);
  });

  test('FP32: largest finite value', () => {
    const largest = 3.4028234663852886e38;
    expect(Math.fround(largest)).toBe(largest);
    expect(Math.fround(largest + 2 ** 103)).toBe(Infinity);
  });

  test.each([
    // Sign, exponent and mantissa in the bits of a code: 1 is all ones but for the highest of the exponent.
    ['fp16', 0x3c00, 5, 10],
    ['bf16', 0x3f80, 8, 7],
  ])('%s: the fields of a code', (name, one, exponentBits, mantissaBits) => {
    expect(1 + exponentBits + mantissaBits).toBe(16);
    expect(one).toBe((2 ** (exponentBits - 1) - 1) << mantissaBits);
    const next = 1 + 2 ** -mantissaBits;
    expect(codesOf(name, [1, -1, next])).toEqual([one, one + 0x8000, one + 1]);
  });

  test('10 000 x 10 000 is too much for FP16, and a gradient of 1e-8 too little', () => {
    expect(fromFloat16(toFloat16(10_000 * 10_000))).toBe(Infinity);
    expect(fromFloat16(toFloat16(1e-8))).toBe(0);
    const { results, report } = run('fp16', [1e8, 1e-8, 2 ** -24]);
    expect([...results]).toEqual([65504, 0, 2 ** -24]);
    expect(report.clippedFraction).toBe(1 / 3);
    expect((2 ** -24).toPrecision(3)).toBe('5.96e-8');
  });

  test('the casts of a tensor are counted', () => {
    const counter = new CastCounter();
    counter.add(Float32Array.of(1, 1e8, 1e-8, 2 ** -24));
    const fp16 = counter.result.find(c => c.format === 'fp16');
    expect(fp16).toMatchObject({ overflow: 1, underflow: 1, subnormal: 1, changed: 2 });
    const bf16 = counter.result.find(c => c.format === 'bf16');
    expect(bf16).toMatchObject({ overflow: 0, underflow: 0, subnormal: 0, changed: 2 });
  });

  test('1e8 becomes 100 139 008 in BF16', () => {
    expect(fromBFloat16(toBFloat16(1e8))).toBe(100_139_008);
    expect(resultsOf('bf16', [1e8])).toEqual([100_139_008]);
  });

  test.each([
    ['fp8-e4m3', 448],
    ['fp8-e5m2', 57344],
    ['fp4', 6],
  ])('%s saturates at %d', (name, largest) => {
    const { results, report } = run(`${name} tensor calib=scale:1`, [largest, 1e9, -1e9]);
    expect([...results]).toEqual([largest, largest, -largest]);
    expect(report.clippedFraction).toBe(2 / 3);
  });

  test('E4M3FN has no infinity, E5M2 has', () => {
    expect(smallFloatTable(smallFloats.e4m3).includes(Infinity)).toBe(false);
    expect(smallFloatTable(smallFloats.e5m2).includes(Infinity)).toBe(true);
  });

  test('the values of FP4', () => {
    const values = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
    const { codes, results } = run('fp4 tensor calib=scale:1', values);
    expect([...results]).toEqual(values);
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test.each([
    [1, 1],
    [1.4, 1],
    [1.5, 2],
    [0.01, 2 ** -7],
    [3e38, 2 ** 127],
  ])('a scale of %d is %d in E8M0', (exact, stored) => {
    expect(run(`int8 tensor calib=scale:${exact} scale=e8m0`, [1]).scales).toEqual([stored]);
  });
});

describe('absmax onto the levels 0, 2, 4', () => {
  const x = [3, 1, 2, 3];
  const levels = [0, 2, 4];
  const levelsOf = (text: string) => codesOf(text, x).map(code => levels[code]);

  test('the nearest level', () => {
    expect(run('levels{0,2,4} tensor', x).scales).toEqual([3 / 4]);
    expect(levelsOf('levels{0,2,4} tensor')).toEqual([4, 2, 2, 4]);
    expect(resultsOf('levels{0,2,4} tensor', x)).toEqual([3, 1.5, 1.5, 3]);
  });

  test('down to a level: the second value is lost', () => {
    expect(levelsOf('levels{0,2,4} tensor round=down')).toEqual([4, 0, 2, 4]);
    const results = resultsOf('levels{0,2,4} tensor round=down', x);
    expect(results).toEqual([3, 0, 1.5, 3]);
    expect(codesOf('int8 tensor calib=scale:1', results)).toEqual([3, 0, 2, 3]);
  });
});

describe('one rule for all, or one for each vector', () => {
  const a = [30, 10, 20, 30];
  const b = [0, 2, 2, 0];

  test.each([
    ['away', [8, 3, 5, 8], [0, 1, 1, 0]],
    ['even', [8, 2, 5, 8], [0, 0, 0, 0]],
  ])('a divisor of 4 for both, half to %s', (rounding, codesOfA, codesOfB) => {
    const text = `int8 tensor calib=scale:4 round=${rounding}`;
    expect(codesOf(text, a)).toEqual(codesOfA);
    expect(codesOf(text, b)).toEqual(codesOfB);
  });

  test('with a divisor of its own B is exact', () => {
    expect(resultsOf('int8 tensor calib=scale:1', b)).toEqual(b);
  });
});

describe('affine 8-bit integers', () => {
  const x = [-2.5, -1, 0, 1, 3.5];

  test('symmetric int8', () => {
    const { scales, zeroPoints, codes } = run('int8 tensor', x);
    expect(scales).toEqual([Math.fround(0.0275590551)]);
    expect(zeroPoints).toEqual([0]);
    expect(codes).toEqual([-91, -36, 0, 36, 127]);
  });

  test.each([
    ['away', [0, 63, 106, 149, 255]],
    ['even', [0, 64, 106, 148, 255]],
  ])('asymmetric uint8, half to %s', (rounding, expected) => {
    const { scales, zeroPoints, codes } = run(`uint8 tensor round=${rounding}`, x);
    expect(scales).toEqual([Math.fround(0.0235294118)]);
    expect(zeroPoints).toEqual([106]);
    expect(codes).toEqual(expected);
  });

  test('the ties are ties in float32 only, and Math.round is no rule for them', () => {
    const scale = Math.fround(6 / 255);
    expect(Math.fround(-1 / scale)).toBe(-42.5);
    expect(-1 / scale).not.toBe(-42.5);
    expect(Math.round(-42.5)).toBe(-42);
    expect(codesOf('uint8 tensor round=up', x)).toEqual([0, 64, 106, 149, 255]);
  });
});

describe('the ruler: data in [3, 10]', () => {
  const x = Array.from({ length: 71 }, (_, i) => 3 + i / 10);
  const used = (text: string) => {
    const { codes } = run(text, x);
    return [Math.min(...codes), Math.max(...codes)];
  };

  test('a symmetric range wastes the codes below 3', () => {
    expect(used('int8 tensor')).toEqual([38, 127]);
  });

  test('a range that must hold 0 still wastes [0, 3]', () => {
    expect(run('uint8 tensor', x).zeroPoints).toEqual([0]);
    // 3 / (10 / 255) = 76.5
    expect(used('uint8 tensor')).toEqual([76, 255]);
  });

  test('a free range wastes nothing: the zero point slides to -109', () => {
    const { scales, zeroPoints } = run('uint8 tensor zero=free', x);
    expect(scales).toEqual([Math.fround(7 / 255)]);
    expect(zeroPoints).toEqual([-109]);
    expect(used('uint8 tensor zero=free')).toEqual([0, 255]);
  });
});

describe('calibration', () => {
  const outlier = [0.1, 0.15, 0.2, 5];

  test('min-max', () => {
    const { settled } = run('int8 asym tensor', [-0.5, 0.25, 2]);
    expect(settled[0]!.range).toEqual({ lo: -0.5, hi: 2 });
  });

  test('percentiles 1 and 99 are interpolated, and what is outside is clipped', () => {
    const { settled, results, report } = run(
      'uint8 tensor calib=percentile:1,99',
      Array.from({ length: 51 }, (_, i) => i),
    );
    expect(settled[0]!.range).toEqual({ lo: 0.5, hi: 49.5 });
    // The range is widened to hold 0: only the value 50 lies outside.
    expect(results[50]).toBe(49.5);
    expect(report.clippedFraction).toBe(1 / 51);
  });

  test('a range given by hand clips as clip(x, -0.2, 0.3) does', () => {
    const x = [-1, -0.5, -0.2, -0.1, 0, 0.1, 0.2, 0.25, 0.3, 0.6];
    const { scales, results, report } = run('int8 asym tensor calib=range:-0.2,0.3', x);
    expect(scales).toEqual([Math.fround(0.5 / 255)]);
    expect(report.clippedFraction).toBe(0.3);
    for (const [i, value] of x.entries()) {
      const clipped = Math.min(Math.max(value, -0.2), 0.3);
      expect(Math.abs(results[i]! - clipped)).toBeLessThan(0.500001 * scales[0]!);
    }
  });

  test.each(['entropy:ort,2048,128', 'entropy:nv'])(
    '%s tries many thresholds and keeps one of the least divergence',
    calibration => {
      const { settled } = run(`int8 tensor calib=${calibration}`, outlier);
      const { curve, range } = settled[0]!;
      expect(curve.length).toBeGreaterThan(900);
      const least = Math.min(...curve.map(([, loss]) => loss));
      const chosen = curve.find(([threshold]) => threshold === range!.hi)!;
      expect(chosen[1]).toBe(least);
    },
  );

  test('one outlier takes the whole range', () => {
    expect(codesOf('int8 tensor', outlier)).toEqual([3, 4, 5, 127]);
  });
});

describe('outliers apart', () => {
  const x = [0.1, 0.15, 0.2, 5];

  test('the others get a smaller range; what it costs is told', () => {
    const before = run('int8 tensor', x).report;
    const { kept, scales, results, report } = run('int8 tensor outliers=abs:1', x);
    expect(kept).toEqual([3]);
    expect(scales).toEqual([Math.fround(Math.fround(0.2) / 127)]);
    expect(results[3]).toBe(5);
    expect(report.outliersKept).toBe(1);
    expect(before.maxAbsError).toBeGreaterThan(0.007);
    expect(report.maxAbsError).toBeLessThan(0.0008);
    // 8 bits a code, a scale of 32 for 4 weights; one value of 16 bits and one index of 32.
    expect(before.bitsPerWeight).toBe(8 + 32 / 4);
    expect(report.bitsPerWeight).toBe(8 + 32 / 4 + (16 + 32) / 4);
  });

  test('LLM.int8() takes out whole columns, and quantizes the rest row by row', () => {
    const matrix = Float32Array.of(0.5, 6, -0.25, 1, -0.5, 0.125);
    const { kept, scales, results } = runScheme('int8 outliers=columns:6', matrix, [2, 3]);
    expect(kept).toEqual([1, 4]);
    expect(scales).toEqual([Math.fround(0.5 / 127), Math.fround(1 / 127)]);
    expect([results[1], results[4]]).toEqual([6, -0.5]);
  });
});

test('layers are ranked by their error at equal bits', () => {
  const smooth = Array.from({ length: 256 }, (_, i) => Math.sin(i * 12.9898));
  const layers = { smooth, outlier: smooth.with(17, 40), constant: smooth.map(() => 0.5) };
  const reports = Object.entries(layers).map(([name, x]) => ({ name, ...run('int4', x).report }));
  expect(new Set(reports.map(r => r.bitsPerWeight)).size).toBe(1);
  const ranked = reports.sort((a, b) => b.relativeFrobenius! - a.relativeFrobenius!);
  expect(ranked.map(r => r.name)).toEqual(['outlier', 'smooth', 'constant']);
});
