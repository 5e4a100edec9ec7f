import { describe, expect, test } from 'vitest';
import { countBeyond, Moments } from '../../../src/stats/moments';

function profileOf(pieces: readonly (readonly number[])[], threshold = 0) {
  const moments = new Moments();
  for (const p of pieces) moments.add(Float64Array.from(p));
  return moments.profile(threshold, 0);
}

describe('Moments', () => {
  test('a far mean costs no digits, and pieces add up like the whole', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 10));
    const whole = profileOf([values]);
    const pieces = profileOf([values.slice(0, 1), values.slice(1, 37), [], values.slice(37)]);
    // 0..9 in equal shares: mean 4.5, variance (10^2 - 1) / 12.
    for (const p of [whole, pieces]) {
      expect(p.mean).toBeCloseTo(1e9 + 4.5, 5);
      expect(p.std).toBeCloseTo(Math.sqrt(99 / 12), 9);
    }
    expect(pieces.min).toBe(1e9);
    expect(pieces.max).toBe(1e9 + 9);
  });

  test.each([
    [1e10, 1024],
    [1e12, 1024],
    [1.7e18, 2 ** 30],
  ])('mean and spread around %d in steps of %d', (far, step) => {
    // As many values a piece as the rows bring, in equal shares of 0..9 steps.
    const piece = Array.from({ length: 131_070 }, (_, i) => far + step * (i % 10));
    const p = profileOf([piece, piece, piece]);
    const std = step * Math.sqrt(99 / 12);
    expect(Math.abs(p.mean! - (far + step * 4.5)) / std).toBeLessThan(1e-6);
    expect(Math.abs(p.std! / std - 1)).toBeLessThan(1e-12);
  });

  test('an outlier as the first value costs nothing either', () => {
    const p = profileOf([[1e6, ...Array.from({ length: 9999 }, (_, i) => i % 2)]]);
    const mean = (1e6 + 4999) / 10_000;
    expect(Math.abs(p.mean! - mean)).toBeLessThan(1e-9 * p.std!);
  });

  test('NaN and infinities are counted apart and change nothing else', () => {
    const p = profileOf([[1, NaN, -3, Infinity, -Infinity, 0, -0]]);
    expect(p).toMatchObject({
      count: 7,
      nan: 1,
      infinite: 2,
      zeros: 2,
      min: -3,
      max: 1,
      absMax: 3,
      mean: -0.5,
    });
    expect(p.std).toBeCloseTo(1.5, 12); // of 1, -3, 0, 0
  });

  test('nothing finite: figures are null', () => {
    for (const p of [profileOf([[]]), profileOf([[NaN, Infinity]])])
      expect(p).toMatchObject({
        zeros: 0,
        min: null,
        max: null,
        absMax: null,
        mean: null,
        std: null,
        outliers: { threshold: null },
      });
  });

  test('a constant has no spread and no outliers, though its mean cannot be summed exactly', () => {
    const moments = new Moments();
    const values = new Float64Array(1e5).fill(0.1);
    moments.add(values);
    expect(moments.std).toBe(0);
    expect(countBeyond(values, 6 * moments.std)).toBe(0);
  });

  test('figures that overflow float64 are null', () => {
    expect(profileOf([[1e200, -1e200]]).std).toBeNull();
  });
});

test('outliers lie strictly beyond the threshold, on both sides; infinities are not outliers', () => {
  expect(countBeyond(Float32Array.of(2, -2, 2.5, -2.5, NaN, Infinity, -Infinity), 2)).toBe(2);
});
