import { describe, expect, test } from 'vitest';
import { areAffineParams, isAffineGrid } from '../../../src/kernels/affine';
import type { QuantParams } from '../../../src/quant/arithmetic';
import { minmax } from '../../../src/quant/calibration/minmax';
import { codeRange, type IntegerGrid, integerRule } from '../../../src/quant/grids/integer';
import { integerCodec } from '../../../src/quant/grids/integerCodec';
import { storeScale } from '../../../src/quant/scaleStore';
import { builtKernels } from './built';
import { expectSegments, expectSums, pushSegment, type SegmentArrays, twinSums } from './sums';
import { anyBits, lengths, randomFrom, weights, withSpecials } from './values';

const kernels = builtKernels();

const grids: IntegerGrid[] = [2, 3, 4, 5, 6, 7, 8].flatMap(bits =>
  [true, false].flatMap(symmetric =>
    [true, false].flatMap(signed =>
      (['narrow', 'full'] as const).map(
        (range): IntegerGrid => ({ bits, signed, symmetric, range, zero: 'in' }),
      ),
    ),
  ),
);

const codecOf = (grid: IntegerGrid) =>
  integerCodec({
    ...codeRange(grid),
    rounding: { kind: 'even' },
    division: 'divide',
    zeroPoint: 'after',
  });

function check(values: Float32Array, width: number, grid: IntegerGrid): void {
  const rule = integerRule(grid, storeScale('f32'));
  const segments: QuantParams[] = [];
  const wanted: SegmentArrays = { scales: [], zeroPoints: [], lows: [], highs: [] };
  for (let from = 0; from < values.length; from += width) {
    const calibrator = minmax();
    calibrator.add(values, from, Math.min(from + width, values.length));
    const { lo, hi } = calibrator.finish()!.range;
    const params = rule({ lo, hi });
    segments.push(params);
    pushSegment(wanted, params, { lo, hi });
  }
  const actual = kernels.affineSegments({ values, width, grid });
  expectSegments(actual, wanted);
  const twin = twinSums(values, width, { codec: codecOf(grid), params: segments });
  expect([...actual.codeCounts]).toEqual(twin.codeCounts);
  expectSums(actual.sums, twin.sums);
  const { sums, codeCounts } = kernels.affineSegments({ values, width, grid, counted: false });
  expect(codeCounts).toHaveLength(0);
  expectSums(sums, twin.sums);
}

describe('affineSegments', () => {
  test.each(grids)('$bits bits, signed $signed, symmetric $symmetric, $range', grid => {
    for (const length of [1, 17, 300, 1000])
      for (const width of [1, 16, 128, 300, 1000]) {
        check(weights(length, length), width, grid);
        check(withSpecials(weights(length, width), length), width, grid);
      }
  });

  const [some] = grids.filter(g => g.bits === 4 && !g.symmetric);
  const other = grids.find(g => g.bits === 8 && g.symmetric)!;

  test('every length, every width', () => {
    for (const grid of [some!, other]) {
      for (const length of lengths) check(weights(length, 9), 128, grid);
      for (let width = 1; width <= 300; width++) check(weights(700, width), width, grid);
    }
  });

  test('any bits, huge and tiny scales', () => {
    for (const grid of [some!, other]) {
      for (let seed = 0; seed < 50; seed++) check(anyBits(500, seed), 1 + seed * 3, grid);
      for (let e = -46; e <= 38; e++) check(weights(600, e + 50, 10 ** e), 200, grid);
    }
  });

  test('ties, steps that fall just beside them, zeros, one sign only', () => {
    const random = randomFrom(4);
    const ties = Float32Array.from({ length: 1024 }, (_, i) =>
      i % 128 === 0 ? -127 : ((random() * 254 - 127) | 0) + 0.5,
    );
    const beside = ties.map((x, i) => (i % 128 === 0 ? x : x * (1 + (random() - 0.5) * 2 ** -22)));
    const bell = weights(1024, 6);
    const cases = [
      ties,
      beside,
      new Float32Array(500),
      new Float32Array(500).fill(-0),
      bell.map(Math.abs),
    ];
    for (const grid of grids)
      for (const values of [...cases, bell.map(x => -Math.abs(x)), bell.map(x => Math.max(x, -0))])
        check(values, 128, grid);
  });

  test('a segment of tiny values beside a large one', () => {
    for (const grid of grids)
      for (const far of [1e3, 1e10, 1e18])
        check(
          weights(2000, 8, 1e-12).map((x, i) => (i === 700 ? far : x)),
          1000,
          grid,
        );
  });

  test('refuses what it does not know', () => {
    const grid: IntegerGrid = { ...some!, zero: 'free' };
    expect(isAffineGrid(grid)).toBe(false);
    expect(() => kernels.affineSegments({ values: ties(), width: 4, grid })).toThrow(TypeError);
    expect(() => kernels.affineSegments({ values: ties(), width: 0, grid: some! })).toThrow(
      RangeError,
    );
  });
});

const ties = () => new Float32Array(4);

describe('affineApply', () => {
  test('scales and zero points of any kind', () => {
    for (const grid of grids)
      for (const scale of [1e-40, 1e-13, 1e-3, 0.01, 3, 1e13, 1e38].map(Math.fround))
        for (const zeroPoint of [0, 3, -5, 200, 2 ** 22]) {
          const params = { scale, zeroPoint };
          for (const values of [withSpecials(weights(600, 3), 2), anyBits(300, 7)]) {
            const wanted = twinSums(values, values.length, {
              codec: codecOf(grid),
              params: [params],
            });
            const actual = kernels.affineApply({ values, params, grid });
            expect([...actual.codeCounts]).toEqual(wanted.codeCounts);
            expectSums(actual.sums, wanted.sums);
          }
        }
  });

  test('refuses parameters that are not its own', () => {
    const wrong = [
      { scale: 0, zeroPoint: 0 },
      { scale: -1, zeroPoint: 0 },
      { scale: Infinity, zeroPoint: 0 },
      { scale: 0.1, zeroPoint: 0 },
      { scale: 1, zeroPoint: 0.5 },
      { scale: 1, zeroPoint: 2 ** 23 },
    ];
    for (const params of wrong) {
      expect(areAffineParams(params)).toBe(false);
      expect(() => kernels.affineApply({ values: ties(), params, grid: grids[0]! })).toThrow(
        RangeError,
      );
    }
  });
});

test('affineCodes: codes, results and clipped of every value', () => {
  for (const grid of grids)
    for (const length of [0, 1, 15, 16, 17, 300])
      for (const [scale, zeroPoint] of [
        [0.01, 0],
        [0.003, 7],
        [1e-40, -3],
        [1e38, 300],
      ] as const) {
        const values = withSpecials(length % 2 ? anyBits(length, 5) : weights(length, 5), 3);
        const params = { scale: Math.fround(scale), zeroPoint };
        const wanted = {
          codes: new Int32Array(length),
          results: new Float32Array(length),
          clipped: new Uint8Array(length),
        };
        const stretch = { values, from: 0, to: length, index: 0, stride: 1 };
        codecOf(grid).quantize(stretch, params, wanted);
        expect(kernels.affineCodes({ values, params, codes: codeRange(grid) })).toEqual(wanted);
      }
});
