import { describe, expect, test } from 'vitest';
import { Moments } from '../../../src/stats/moments';
import { normals } from '../quant/normals';
import { piecesOf } from './profiled';

/** Moments of parts that each have a pivot of their own, which were sent and merged. */
function mergedOf(values: Float64Array, partLength: number): Moments {
  const moments = new Moments();
  for (const [from, to] of piecesOf(values.length, partLength)) {
    const part = new Moments();
    part.add(values.subarray(from, to));
    moments.merge(structuredClone(part.state));
  }
  return moments;
}

/** The sums of the whole are plain ones of 100 000 terms: off by some hundred units of 2^-53. */
const bound = 1e-13;

describe('Moments that are merged', () => {
  const bell = Float64Array.from(normals(100_000, 4));

  test.each([
    ['about zero', 0, 1],
    ['about 1', 1, 0.02],
    ['far from zero', 1e9, 1],
    ['far below', -1e12, 1e-2],
  ])('%s: as those of the whole', (_, far, spread) => {
    const values = bell.map(x => far + spread * x);
    const whole = new Moments();
    whole.add(values);
    const { pivot, offset } = whole.centre;
    for (const partLength of [100_000, 50_000, 33_334, 1000, 17]) {
      const merged = mergedOf(values, partLength);
      const { centre } = merged;
      expect(Math.abs(merged.std / whole.std - 1)).toBeLessThan(bound);
      expect(centre.pivot).toBe(pivot);
      expect(Math.abs(centre.offset - offset)).toBeLessThan(bound * whole.std);
    }
  });

  test('parts without a finite value, and the sign of a zero', () => {
    const values = Float64Array.of(NaN, Infinity, -0, 3, NaN, NaN, 0, -Infinity, 5, 5);
    const { std, ...merged } = mergedOf(values, 2).profile(0, 0);
    // Of -0, 3, 0, 5, 5: mean 2.6, squares 59.
    expect(std).toBeCloseTo(Math.sqrt(59 / 5 - 2.6 ** 2), 12);
    expect(merged).toMatchObject({ count: 10, nan: 3, infinite: 2, zeros: 2, max: 5, mean: 2.6 });
    expect(merged.min).toBe(-0);
  });

  test('nothing, and then something', () => {
    const moments = new Moments();
    moments.merge(new Moments().state);
    moments.add(Float32Array.of(2, 4));
    expect(moments.profile(0, 0)).toMatchObject({ count: 2, min: 2, max: 4, mean: 3, std: 1 });
  });
});
