import { describe, expect, test } from 'vitest';
import { collectBetween, countBeyond, Moments } from '../../../src/stats/moments';
import { builtKernels } from './built';
import { anyBits, lengths, weights, withSpecials } from './values';

const kernels = builtKernels();

function check(values: Float32Array): void {
  const moments = new Moments();
  moments.add(values);
  const piece = kernels.stats(values);
  const { nan, infinite, zeros, finite, min, max } = moments;
  expect(piece).toMatchObject({ nan, infinite, zeros, finite, min, max });
  if (finite === 0) return;
  const { pivot, offset } = moments.centre;
  expect(piece.pivot).toBe(pivot);
  const std = Math.sqrt(piece.m2 / finite);
  if (min === max) {
    expect(std).toBeLessThan(1e-12 * Math.abs(min) || 1e-300);
    return;
  }
  expect(Math.abs(std / moments.std - 1)).toBeLessThan(1e-12);
  expect(Math.abs(piece.offset - offset)).toBeLessThan(1e-12 * moments.std);
}

describe('stats', () => {
  test('values as weights are, of every length', () => {
    for (const length of lengths) {
      check(weights(length, length));
      check(withSpecials(weights(length, length), length));
    }
    check(weights(300_000, 1));
  });

  test('any bits', () => {
    for (const length of lengths) check(anyBits(length, length));
    check(anyBits(100_000, 2));
  });

  test('nothing finite', () => {
    check(Float32Array.of(NaN));
    check(new Float32Array(50).fill(Infinity));
    check(new Float32Array(0));
  });

  test('far from zero, and an outlier as the first value', () => {
    check(Float32Array.from({ length: 5000 }, (_, i) => 1e6 + (i % 10) / 16));
    check(Float32Array.from({ length: 5000 }, (_, i) => -1e30 - (i % 3) * 1e23));
    check(Float32Array.from({ length: 5000 }, (_, i) => (i === 0 ? 1e6 : i % 2)));
    check(Float32Array.from({ length: 5000 }, (_, i) => (i === 0 ? 1e6 : 3 + (i % 2) / 1024)));
    check(new Float32Array(1000).fill(0.1));
  });

  test('a zero that is the minimum or the maximum has the sign of the first', () => {
    check(Float32Array.of(1, -0, 0, 2));
    check(Float32Array.of(-1, 0, -0, -2));
    check(new Float32Array(40).fill(-0));
  });

  test('values of its own memory are not copied', () => {
    const values = weights(1000, 3);
    const own = kernels.floats(1000);
    own.set(values);
    expect(kernels.stats(own)).toEqual(kernels.stats(values));
  });
});

/** Thresholds that float32 holds and others, about values of each length. */
function* beyondCases(): Generator<{ values: Float32Array; threshold: number }> {
  for (const length of lengths)
    for (const values of [anyBits(length, length), withSpecials(weights(length, 5), length)])
      for (const threshold of [0, 0.1, values[0] ?? 1, 1e-45, 1e300, Infinity, 0.3 + 2 ** -40])
        yield { values, threshold };
}

test('countBeyond', () => {
  for (const { values, threshold } of beyondCases())
    expect(kernels.countBeyond(values, threshold)).toBe(countBeyond(values, threshold));
});

describe('collectBetween', () => {
  test('any values and bands', () => {
    for (const { values, threshold: floor } of beyondCases())
      for (const ceiling of [Infinity, floor * 1.5, 1e-3]) {
        const band = { floor, ceiling };
        expect(kernels.collectBetween(values, band)).toEqual(collectBetween(values, band));
      }
  });

  test('values of its own memory, which grows meanwhile', () => {
    const fresh = builtKernels();
    const values = weights(2 ** 22, 9);
    const own = fresh.floats(values.length);
    own.set(values);
    const before = fresh.byteLength;
    const band = { floor: 0.3, ceiling: 0.35 };
    const found = fresh.collectBetween(own, band);
    expect(fresh.byteLength).toBeGreaterThan(before);
    expect(found).toEqual(collectBetween(values, band));
  });
});
