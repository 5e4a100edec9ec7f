import { describe, expect, test } from 'vitest';
import {
  addErrors,
  affineParams,
  codeRange,
  dequantize,
  noErrors,
  quantize,
  roundHalfEven,
} from '../../../src/quant/affine';
import { parseScheme } from '../../../src/quant/scheme';

/** Codes of values that share their parameters, with the range taken from the values. */
function codesOf(text: string, values: readonly number[]) {
  const scheme = parseScheme(text);
  const params = affineParams(scheme, Math.min(...values), Math.max(...values));
  const codes = new Int32Array(values.length);
  quantize(Float32Array.from(values), params, codeRange(scheme), codes);
  return { ...params, codes: [...codes] };
}

describe('worked examples of the field', () => {
  const x = [-2.5, -1, 0, 1, 3.5];

  test('symmetric int8', () => {
    const { scale, zeroPoint, codes } = codesOf('int8 tensor', x);
    expect(scale).toBe(Math.fround(3.5 / 127));
    expect(zeroPoint).toBe(0);
    expect(codes).toEqual([-91, -36, 0, 36, 127]);
  });

  test('asymmetric uint8, ties to even', () => {
    const { scale, zeroPoint, codes } = codesOf('uint8 tensor', x);
    expect(scale).toBe(Math.fround(6 / 255));
    expect(zeroPoint).toBe(106);
    expect(codes).toEqual([0, 64, 106, 148, 255]);
  });

  test('one outlier takes the whole range', () => {
    expect(codesOf('int8 tensor', [0.1, 0.15, 0.2, 5]).codes).toEqual([3, 4, 5, 127]);
  });

  test('data in [3, 10]: a free range slides the zero point out of the grid and wastes no code', () => {
    const scheme = parseScheme('uint8 tensor zero=free');
    expect(affineParams(scheme, 3, 10)).toEqual({ scale: Math.fround(7 / 255), zeroPoint: -109 });
    expect(affineParams(parseScheme('uint8 tensor'), 3, 10).zeroPoint).toBe(0);
  });
});

describe('parameters', () => {
  test('zeros have scale 1, the zero point of a symmetric grid, and no error', () => {
    expect(affineParams(parseScheme('int8'), 0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(affineParams(parseScheme('int8 asym'), 0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(affineParams(parseScheme('uint8 sym'), 0, 0)).toEqual({ scale: 1, zeroPoint: 128 });
  });

  test('a scale that rounds to 0 becomes 1', () => {
    expect(affineParams(parseScheme('int8'), 0, 1e-44).scale).toBe(1);
  });

  test('code ranges', () => {
    expect(codeRange(parseScheme('int8'))).toEqual({ qmin: -127, qmax: 127 });
    expect(codeRange(parseScheme('int8 range=full'))).toEqual({ qmin: -128, qmax: 127 });
    expect(codeRange(parseScheme('int4 asym'))).toEqual({ qmin: -8, qmax: 7 });
    expect(codeRange(parseScheme('uint4'))).toEqual({ qmin: 0, qmax: 15 });
    expect(codeRange(parseScheme('uint4 sym'))).toEqual({ qmin: 1, qmax: 15 });
  });
});

describe('rounding and saturation', () => {
  test.each([
    [-2.5, -2],
    [-1.5, -2],
    [-0.5, 0],
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [3.5, 4],
    [0.49999997, 0],
    [8388607.5, 8388608],
    [1e30, 2 ** 40],
    [-1e30, -(2 ** 40)],
  ])('%d rounds half to even: %d', (v, expected) => {
    expect(roundHalfEven(v) + 0).toBe(expected);
  });

  test('NaN gets the zero point, infinities saturate', () => {
    const codes = new Int32Array(3);
    const range = codeRange(parseScheme('uint8'));
    quantize(Float32Array.of(NaN, Infinity, -Infinity), { scale: 0.5, zeroPoint: 7 }, range, codes);
    expect([...codes]).toEqual([7, 255, 0]);
  });

  test('error sums say what quantize and dequantize do, value by value', () => {
    const params = { scale: Math.fround(0.013), zeroPoint: -5 };
    const range = { qmin: -128, qmax: 127 };
    const values = Float64Array.from({ length: 999 }, (_, i) => Math.sin(i * 12.9898) * 2.5);
    values[17] = NaN;
    values[18] = Infinity;
    const codes = new Int32Array(values.length);
    quantize(values, params, range, codes);
    const sums = noErrors();
    addErrors({ values, from: 0, to: values.length }, params, range, sums);

    let squared = 0;
    let worst = 0;
    let clipped = 0;
    for (const [i, x] of values.entries()) {
      if (!Number.isFinite(x)) continue;
      const e = Math.abs(x - dequantize(codes[i]!, params));
      squared += e * e;
      worst = Math.max(worst, e);
      if (x > (127 + 5.5) * params.scale || x < (-128 + 4.5) * params.scale) clipped++;
    }
    expect(sums.count).toBe(997);
    expect(sums.maxError).toBe(worst);
    expect(sums.clipped).toBe(clipped);
    expect(clipped).toBeGreaterThan(10);
    expect(Math.abs(sums.squaredError / squared - 1)).toBeLessThan(1e-13);
  });
});
