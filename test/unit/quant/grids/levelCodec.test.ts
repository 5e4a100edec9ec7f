import { describe, expect, test } from 'vitest';
import { nextBelow } from '../../../../src/base/floatBits';
import { levelCodec } from '../../../../src/quant/grids/levelCodec';
import { gridOfLevels, type LevelGrid, levelGrids } from '../../../../src/quant/grids/levelGrids';
import type { Rounding } from '../../../../src/quant/rounding';
import { quantized } from './support';

const codecOf = (grid: LevelGrid, rounding: Rounding = { kind: 'even' }) =>
  levelCodec({ ...grid, rounding, division: 'divide' });
const nextAbove = (x: number) => -nextBelow(-x);

describe('tables', () => {
  test.each([
    ['fp4', 16, 6, 0x7, 0.5],
    ['fp6-e2m3', 64, 7.5, 0x1f, 0.125],
    ['fp6-e3m2', 64, 28, 0x1f, 0.0625],
    ['fp8-e4m3', 254, 448, 0x7e, 2 ** -9],
    ['fp8-e5m2', 248, 57344, 0x7b, 2 ** -16],
  ] as const)('%s: %d finite codes, largest and smallest value', (name, count, max, code, min) => {
    const { levels, codes } = levelGrids[name];
    expect(levels.length).toBe(count);
    expect([levels.at(-1), codes.at(-1)]).toEqual([max, code]);
    expect(levels[count / 2 + 1]).toBe(min);
    expect([levels[count / 2 - 1], levels[count / 2]]).toEqual([-0, 0]);
  });

  test.each(Object.entries(levelGrids))('%s ascends and has a code for each level', (_, grid) => {
    expect(new Set(grid.codes).size).toBe(grid.levels.length);
    expect(Math.max(...grid.codes)).toBeLessThan(2 ** grid.bits);
    grid.levels.slice(1).forEach((level, i) => {
      expect(level).toBeGreaterThanOrEqual(grid.levels[i]!);
      expect(Math.fround(level)).toBe(level);
    });
  });
});

describe('every level, every tie and its neighbours', () => {
  test.each(Object.entries(levelGrids))('%s', (_, grid) => {
    const { levels, codes, tie } = grid;
    const values: number[] = [];
    const expected: number[] = [];
    for (let i = 0; i + 1 < levels.length; i++) {
      if (levels[i] === levels[i + 1]) continue;
      const middle = Math.fround((levels[i]! + levels[i + 1]!) / 2);
      const [lower, upper] = [codes[i]!, codes[i + 1]!];
      const even = lower % 2 === 0 ? lower : upper;
      values.push(nextBelow(middle), middle, nextAbove(middle));
      expected.push(lower, tie === 'lower' ? lower : even, upper);
    }
    expect(quantized(codecOf(grid), values).codes).toEqual(expected);
    const { results, clipped } = quantized(codecOf(grid), levels);
    expect(results.map(x => x + 0)).toEqual([...levels].map(x => x + 0));
    expect(Math.max(...clipped)).toBe(0);
  });

  test('zero has two codes in a small float', () => {
    const tiny = 2 ** -149;
    expect(quantized(codecOf(levelGrids.fp4), [-tiny, 0, tiny]).codes).toEqual([8, 0, 0]);
    // bitsandbytes' sorting puts them the other way round.
    expect(quantized(codecOf(levelGrids['fp4-bnb']), [-tiny, 0, tiny]).codes).toEqual([0, 0, 8]);
  });
});

describe('roundings between the levels -2, 0, 1, 4', () => {
  const grid = gridOfLevels([-2, 0, 1, 4]);
  const values = [-1.5, -1, -0.5, 0, 0.5, 0.75, 2.5, 3];
  test.each([
    ['even', [0, 0, 1, 1, 1, 2, 2, 3]],
    ['up', [0, 1, 1, 1, 2, 2, 3, 3]],
    ['away', [0, 0, 1, 1, 2, 2, 3, 3]],
    ['down', [0, 0, 0, 1, 1, 1, 2, 2]],
    ['toward-zero', [1, 1, 1, 1, 1, 1, 2, 2]],
  ] as const)('%s', (kind, expected) => {
    expect(quantized(codecOf(grid, { kind }), values).codes).toEqual(expected);
  });

  test('toward-zero takes the nearest where zero lies between two levels', () => {
    const codec = codecOf(levelGrids.binary, { kind: 'toward-zero' });
    expect(quantized(codec, [-0.3, 0, 0.3, -1.2, 1.2]).codes).toEqual([0, 0, 1, 0, 1]);
  });

  test('stochastic goes up as often as the distance says', () => {
    const codec = codecOf(grid, { kind: 'stochastic', seed: 5 });
    for (const x of [-0.5, 0, 0.25, 1, 3.25]) {
      const { results } = quantized(codec, new Float32Array(40000).fill(x));
      const mean = results.reduce((a, b) => a + b) / results.length;
      // Five standard deviations; the widest gap is 3.
      expect(Math.abs(mean - x)).toBeLessThan((5 * 1.5) / Math.sqrt(results.length));
    }
  });

  test('levels with a scale, as a user writes them', () => {
    const codec = codecOf(gridOfLevels([0, 2, 4]), { kind: 'down' });
    const { codes, results } = quantized(codec, [0.9, 1, 1.9, 2.1], { scale: 0.5 });
    expect(codes).toEqual([0, 1, 1, 2]);
    expect(results).toEqual([0, 1, 1, 2]);
  });
});

describe('ends', () => {
  test('FP8 is left where the next code would be taken', () => {
    const { codes, results, clipped } = quantized(codecOf(levelGrids['fp8-e4m3']), [
      464,
      nextAbove(464),
      -464,
      -500,
      Infinity,
      -Infinity,
      Number.NaN,
    ]);
    expect(codes).toEqual([0x7e, 0x7e, 0xfe, 0xfe, 0x7e, 0xfe, 0]);
    expect(results).toEqual([448, 448, -448, -448, 448, -448, 0]);
    expect(clipped).toEqual([0, 1, 0, 1, 1, 1, 0]);
  });

  test.each(['even', 'down', 'stochastic'] as const)('%s: infinities saturate', kind => {
    const rounding = kind === 'stochastic' ? { kind, seed: 1 } : { kind };
    const { codes, clipped } = quantized(codecOf(levelGrids.nf4, rounding), [Infinity, -Infinity]);
    expect([codes, clipped]).toEqual([
      [15, 0],
      [1, 1],
    ]);
  });

  test('one ulp above the last level is not outside', () => {
    expect(quantized(codecOf(levelGrids.nf4), [nextAbove(1), -1.2]).clipped).toEqual([0, 1]);
  });

  test('a scale of zero gives the code of zero', () => {
    const codec = levelCodec({
      ...levelGrids.nf4,
      rounding: { kind: 'even' },
      division: 'reciprocal',
    });
    expect(quantized(codec, [0, 0], { scale: 0 })).toEqual({
      codes: [7, 7],
      results: [0, 0],
      clipped: [0, 0],
    });
  });

  test.each(['even', 'up'] as const)('%s: a single level takes everything', kind => {
    const codec = codecOf(gridOfLevels([3]), { kind });
    expect(quantized(codec, [-9, 3, 1e30, Number.NaN])).toEqual({
      codes: [0, 0, 0, 0],
      results: [3, 3, 3, 3],
      clipped: [0, 0, 0, 0],
    });
  });

  test('a NaN is not clipped where zero lies outside the levels', () => {
    expect(quantized(codecOf(gridOfLevels([3, 4, 5])), [Number.NaN, 0])).toEqual({
      codes: [0, 0],
      results: [3, 3],
      clipped: [0, 1],
    });
  });

  test('small floats keep the sign of -0, as a cast does', () => {
    expect(quantized(codecOf(levelGrids['fp8-e4m3']), [-0, 0, -1e-9, 1e-9]).codes).toEqual([
      0x80, 0, 0x80, 0,
    ]);
    expect(quantized(codecOf(levelGrids.nf4), [-0]).codes).toEqual([7]);
  });
});
