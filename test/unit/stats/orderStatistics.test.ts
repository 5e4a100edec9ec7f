import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Values } from '../../../src/stats/moments';
import {
  type Order,
  OrderStatistics,
  quantile,
  quantileRanks,
} from '../../../src/stats/orderStatistics';

const folder = path.resolve(import.meta.dirname, '../../fixtures/golden');
const bytes = await readFile(path.join(folder, 'reference.npy'));
const flat = new Float32Array(Uint8Array.from(bytes.subarray(-64 * 256 * 4)).buffer);

/** numpy.percentile, over the values and over their magnitudes. */
const { percents, cases } = JSON.parse(
  await readFile(path.join(folder, 'percentiles.json'), 'utf8'),
) as {
  readonly percents: readonly number[];
  readonly cases: readonly ({ row: number; count: number } & Record<Order, readonly number[]>)[];
};

function run(statistics: OrderStatistics, values: Values, pieceLength = 1000): number {
  for (let passes = 1; passes <= 5; passes++) {
    for (let i = 0; i < values.length; i += pieceLength)
      statistics.add(values, i, Math.min(i + pieceLength, values.length));
    if (statistics.finish()) return passes;
  }
  throw new Error('does not come to an end');
}

const all = (count: number) => [...Array(count).keys()];

/** All values in order. */
function sorted(values: Values, by: Order): number[] {
  const statistics = new OrderStatistics(all, by);
  run(statistics, values);
  return all(statistics.count).map(rank => statistics.value(rank));
}

describe.each(cases)('numpy’s percentiles of $count values from row $row on', golden => {
  const values = flat.subarray(golden.row * 256, golden.row * 256 + golden.count);

  test.each(['value', 'magnitude'] as const)('by %s', by => {
    const ranksOf = (count: number) => percents.flatMap(p => quantileRanks(p / 100, count));
    const statistics = new OrderStatistics(ranksOf, by);
    expect(run(statistics, values, 999)).toBe(3);
    expect(statistics.count).toBe(golden.count);
    expect(percents.map(p => quantile(statistics, p / 100))).toEqual(golden[by]);
  });
});

describe('every rank', () => {
  const some = flat.subarray(0, 300);

  test('values', () => {
    expect(sorted(some, 'value')).toEqual([...some].sort((a, b) => a - b));
  });

  test('magnitudes', () => {
    expect(sorted(some, 'magnitude')).toEqual([...some].map(Math.abs).sort((a, b) => a - b));
  });

  test('the ends of float32, subnormals and equal values', () => {
    const most = 3.4028234663852886e38;
    const least = 2 ** -149;
    const values = [least, most, -least, 1, 0, -most, 1, 2 ** -126, -1, 1 + 2 ** -23];
    const expected = [-most, -1, -least, 0, least, 2 ** -126, 1, 1, 1 + 2 ** -23, most];
    expect(sorted(Float32Array.from(values), 'value')).toEqual(expected);
  });

  test('zeros of either sign are one value', () => {
    const values = Float32Array.of(-0, 0, -0, 1, -1);
    expect(sorted(values, 'value')).toEqual([-1, 0, 0, 0, 1]);
    expect(sorted(values, 'magnitude')).toEqual([0, 0, 0, 1, 1]);
  });

  test('what is not finite as float32 is passed over; float64 is rounded first', () => {
    const values = Float64Array.of(Number.NaN, 0.1, Infinity, 1e300, -Infinity, -0.1);
    expect(sorted(values, 'value')).toEqual([Math.fround(-0.1), Math.fround(0.1)]);
  });
});

describe('costs and misuse', () => {
  test('no values: one pass, and no ranks are asked for', () => {
    const statistics = new OrderStatistics(() => {
      throw new Error('asked');
    }, 'value');
    expect(run(statistics, Float32Array.of(Number.NaN))).toBe(1);
    expect(statistics.count).toBe(0);
  });

  test('no ranks: one pass', () => {
    expect(run(new OrderStatistics(() => [], 'value'), flat)).toBe(1);
  });

  test('pieces off the start of a view, and longer than a chunk', () => {
    const statistics = new OrderStatistics(() => [0, 9999], 'value');
    run(statistics, flat.subarray(1, 10001), 9000);
    const expected = Float32Array.from(flat.subarray(1, 10001)).sort();
    expect([statistics.value(0), statistics.value(9999)]).toEqual([expected[0], expected[9999]]);
  });

  test.each([-1, 3, 0.5, Number.NaN])('rank %d of three values', rank => {
    const statistics = new OrderStatistics(() => [rank], 'value');
    expect(() => run(statistics, Float32Array.of(1, 2, 3))).toThrow(RangeError);
  });

  test('a rank that was not asked for', () => {
    const statistics = new OrderStatistics(() => [0], 'value');
    run(statistics, Float32Array.of(1, 2, 3));
    expect(() => statistics.value(1)).toThrow(RangeError);
  });
});
