import { describe, expect, test } from 'vitest';
import { type KernelLevels, prepareLevels } from '../../../src/kernels/levels';
import { type LevelArithmetic, levelCodec } from '../../../src/quant/grids/levelCodec';
import { gridOfLevels, type LevelGrid, levelGrids } from '../../../src/quant/grids/levelGrids';
import { levelSearch } from '../../../src/quant/grids/levelSearch';
import { storeScale } from '../../../src/quant/scaleStore';
import { builtKernels } from './built';
import { expectSegments, expectSums, pushSegment, type SegmentArrays, twinSums } from './sums';
import { anyBits, lengths, randomFrom, weights, withSpecials } from './values';

const kernels = builtKernels();

const crowded = gridOfLevels(Array.from({ length: 200 }, (_, i) => 1 + i / 4096));
const few = gridOfLevels([-0.5, 0.25]);
const single = gridOfLevels([0.5]);
const grids: [string, LevelGrid][] = [
  ...Object.entries(levelGrids),
  ['crowded', crowded],
  ['few', few],
  ['single', single],
];

const arithmeticOf = (
  grid: LevelGrid,
  division: LevelArithmetic['division'] = 'divide',
  kind: 'even' | 'away' | 'up' | 'down' | 'toward-zero' = 'even',
): LevelArithmetic => ({ ...grid, division, rounding: { kind } });

/** Smallest and largest finite value. */
function rangeOf(values: Float32Array): { lo: number; hi: number } {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { lo: 0, hi: 0 };
  return finite.reduce(({ lo, hi }, x) => ({ lo: x < lo ? x : lo, hi: x > hi ? x : hi }), {
    lo: finite[0]!,
    hi: finite[0]!,
  });
}

function scaleOf({ levels }: LevelGrid, { lo, hi }: { lo: number; hi: number }): number {
  const absMax = Math.max(Math.abs(lo), Math.abs(hi));
  if (absMax === 0) return levels.includes(0) ? 1 : 0;
  return storeScale('f32')(absMax / Math.max(...levels.map(Math.abs)));
}

function check(values: Float32Array, width: number, arithmetic: LevelArithmetic): void {
  const levels = prepareLevels(arithmetic);
  if (!levels) return;
  const params = [];
  const wanted: SegmentArrays = { scales: [], zeroPoints: [], lows: [], highs: [] };
  for (let from = 0; from < values.length; from += width) {
    const range = rangeOf(values.subarray(from, from + width));
    const scale = scaleOf(arithmetic as unknown as LevelGrid, range);
    params.push({ scale, zeroPoint: 0 });
    pushSegment(wanted, { scale, zeroPoint: 0 }, range);
  }
  const codec = levelCodec(arithmetic);
  const twin = twinSums(values, width, { codec, params });
  const actual = kernels.levelSegments({ values, width, levels });
  expectSegments(actual, wanted);
  expect([...actual.codeCounts]).toEqual(twin.codeCounts);
  expectSums(actual.sums, twin.sums);
}

describe.each(grids)('%s', (_, grid) => {
  test.each(['divide', 'reciprocal'] as const)('%s: lengths and widths', division => {
    const arithmetic = arithmeticOf(grid, division);
    for (const length of lengths) check(withSpecials(weights(length, 3), length), 64, arithmetic);
    for (let width = 1; width <= 300; width += 13) check(weights(700, width), width, arithmetic);
  });

  test('any bits, huge and tiny scales', () => {
    for (let seed = 0; seed < 10; seed++)
      check(anyBits(500, seed), 1 + seed * 7, arithmeticOf(grid));
    for (let e = -46; e <= 38; e += 5)
      check(weights(600, 50 + e, 10 ** e), 200, arithmeticOf(grid));
  });

  test('every other way of rounding, unless -0 has a level', () => {
    for (const kind of ['away', 'up', 'down', 'toward-zero'] as const) {
      const arithmetic = arithmeticOf(grid, 'divide', kind);
      check(withSpecials(weights(1000, 6), 2), 100, arithmetic);
      if (!grid.levels.some(l => Object.is(l, -0)))
        expect(prepareLevels(arithmetic)).not.toBeNull();
    }
  });

  test('at every threshold, just below and just above', () => {
    const { thresholds } = levelSearch(arithmeticOf(grid));
    const near = Array.from(thresholds.subarray(0, -1)).flatMap(t => {
      const step = Math.max(Math.abs(t) * 2 ** -23, 2 ** -149);
      return [t, t - step, t + step, -t].map(Math.fround);
    });
    const values = Float32Array.from([...near, 0, -0, 2 ** -149, -(2 ** -149)]);
    const levels = prepareLevels(arithmeticOf(grid))!;
    const padded = new Float32Array(Math.ceil(values.length / 16) * 16);
    padded.set(values);
    for (const scale of [1, 2 ** -10, 2 ** 20])
      applied(
        padded.map(x => x * scale),
        scale,
        levels,
      );
  });

  function applied(values: Float32Array, scale: number, levels: KernelLevels): void {
    const params = [{ scale, zeroPoint: 0 }];
    const codec = levelCodec(arithmeticOf(grid));
    const wanted = twinSums(values, values.length, { codec, params });
    const actual = kernels.levelApply({ values, scale, levels });
    expect([...actual.codeCounts]).toEqual(wanted.codeCounts);
    expectSums(actual.sums, wanted.sums);
  }

  test('scales that are given', () => {
    const random = randomFrom(3);
    const levels = prepareLevels(arithmeticOf(grid))!;
    for (const scale of [0, 1e-40, 1e-13, 1e-5, 0.01, 1, 1e13, 3e38].map(Math.fround)) {
      applied(withSpecials(weights(600, 3), 2), scale, levels);
      applied(anyBits(300, (random() * 1000) | 0), scale, levels);
    }
  });
});

test('grids that the kernels do not know', () => {
  const many = gridOfLevels(Array.from({ length: 255 }, (_, i) => i));
  expect(prepareLevels(arithmeticOf(many))).toBeNull();
  const chance = { ...arithmeticOf(few), rounding: { kind: 'stochastic', seed: 1 } } as const;
  expect(prepareLevels(chance)).toBeNull();
  const levels = prepareLevels(arithmeticOf(few))!;
  const values = new Float32Array(4);
  expect(() => kernels.levelSegments({ values, width: 0, levels })).toThrow(RangeError);
});
