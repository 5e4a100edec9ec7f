import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HigherMoments } from '../../../src/stats/higherMoments';
import { HistogramCounter } from '../../../src/stats/histogram';
import { type Counts, countBeyond, Moments, type Values } from '../../../src/stats/moments';
import { type Order, OrderStatistics } from '../../../src/stats/orderStatistics';
import { expanded, type Repeated, repeated } from '../quant/repeated';

/** Runs a check over values with counts, and the same values repeated. */
function check(property: (some: Repeated, all: Values) => void): void {
  const settings = { seed: 20_261_124, numRuns: 200 };
  fc.assert(
    fc.property(repeated, some => property(some, expanded(some))),
    settings,
  );
}

/** Equal but for the rounding of float64 sums of terms about as large as `size`. */
function expectClose(actual: number | null, expected: number | null, size: number): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(1e-12 * size);
}

function momentsOf(values: Values, counts?: Counts): Moments {
  const moments = new Moments();
  const half = Math.ceil(values.length / 2);
  moments.add(values.subarray(0, half), counts?.subarray(0, half));
  moments.add(values.subarray(half), counts?.subarray(half));
  return moments;
}

describe('with counts as with the repeated values', () => {
  test('moments', () => {
    check(({ values, counts }, all) => {
      const { mean, std, ...exact } = momentsOf(values, counts).profile(1, 0);
      const expected = momentsOf(all).profile(1, 0);
      expect(exact).toEqual({ ...expected, mean: undefined, std: undefined });
      const size = expected.absMax ?? 0;
      expectClose(mean, expected.mean, size);
      expectClose(std, expected.std, size);
    });
  });

  test('skewness and kurtosis', () => {
    check(({ values, counts }, all) => {
      const moments = momentsOf(all);
      const [some, every] = [new HigherMoments(moments), new HigherMoments(moments)];
      some.add(values, counts);
      every.add(all);
      const expected = every.result;
      // Never further from 0 than this, as |skewness| <= sqrt(kurtosis).
      const size = Math.max(1, expected.kurtosis ?? 1);
      expectClose(some.result.skewness, expected.skewness, size);
      expectClose(some.result.kurtosis, expected.kurtosis, size);
    });
  });

  test('histogram', () => {
    check(({ values, counts }, all) => {
      const { min, max, finite } = momentsOf(all);
      if (finite === 0) return;
      const some = HistogramCounter.over(min, max);
      const every = HistogramCounter.over(min, max);
      some?.add(values, counts);
      every?.add(all);
      expect(some?.result).toEqual(every?.result);
    });
  });

  test('outliers', () => {
    check(({ values, counts }, all) => {
      for (const threshold of [0, 0.5, 2])
        expect(countBeyond(values, threshold, counts)).toBe(countBeyond(all, threshold));
    });
  });

  test.each(['value', 'magnitude'] as const)('every rank by %s', by => {
    check(({ values, counts }, all) => {
      expect(ranked(by, values, counts)).toEqual(ranked(by, all));
    });
  });
});

/** The value of every rank, and how many equal ones come before it. */
function ranked(by: Order, values: Values, counts?: Counts): [number, number][] {
  const statistics = new OrderStatistics(count => [...Array(count).keys()], by);
  do {
    statistics.add(values, 0, 1, counts);
    statistics.add(values, 1, values.length, counts);
  } while (!statistics.finish());
  return Array.from({ length: statistics.count }, (_, rank) => [
    statistics.value(rank),
    statistics.equalsBefore(rank),
  ]);
}

describe('by hand', () => {
  const values = Float32Array.of(3, NaN, -1, Infinity, 0);
  const counts = Float64Array.of(2 ** 40, 5, 2 ** 40, 7, 2 ** 41);

  test('more values than memory holds', () => {
    // Shares 1/4, 1/4, 1/2 of 3, -1, 0: mean 1/2, mean square 5/2.
    const p = momentsOf(values, counts).profile(1, 0);
    expect(p).toMatchObject({
      count: 2 ** 42 + 12,
      nan: 5,
      infinite: 7,
      zeros: 2 ** 41,
      mean: 0.5,
    });
    expect(p.std).toBeCloseTo(1.5, 14);
    expect(countBeyond(values, 2, counts)).toBe(2 ** 40);
  });

  test('skewness and kurtosis', () => {
    // Distances from the mean: 5/2, -3/2, -1/2. m2 = 9/4, m3 = 3, m4 = 177/16.
    const higher = new HigherMoments(momentsOf(values, counts));
    higher.add(values, counts);
    expect(higher.result.skewness).toBeCloseTo(3 / 1.5 ** 3, 14);
    expect(higher.result.kurtosis).toBeCloseTo(177 / 81, 14);
  });

  test('more values than the order statistics look at together', () => {
    const many = Float32Array.from({ length: 10_000 }, (_, i) => 10_000 - i);
    const weights = Float64Array.from(many, x => (x === 5000 ? 1001 : 1));
    const statistics = new OrderStatistics(() => [4998, 4999, 5999, 6000], 'value');
    do statistics.add(many, 0, many.length, weights);
    while (!statistics.finish());
    const found = [4998, 4999, 5999, 6000].map(rank => statistics.value(rank));
    expect(found).toEqual([4999, 5000, 5000, 5001]);
  });
});

test('an engine, which knows nothing of counts, is not asked', () => {
  const moments = new Moments({
    stats: () => expect.unreachable(),
    countBeyond: () => expect.unreachable(),
    collectBetween: () => expect.unreachable(),
  });
  moments.add(Float32Array.of(1, 2), Float64Array.of(3, 1));
  expect([moments.count, moments.min, moments.max, moments.centre.pivot]).toEqual([4, 1, 2, 1]);
  expect(moments.centre.offset).toBe(0.25);
});
