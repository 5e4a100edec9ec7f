import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addErrors, CodeCounts, noErrors, type Piece } from '../../../src/quant/errorSums';
import { Reporter } from '../../../src/quant/run/reporter';
import { parseScheme } from '../../../src/quant/schemeText';
import type { Counts, Values } from '../../../src/stats/moments';
import { expanded, repeated } from './repeated';

/** A piece whose arrays are functions of the values, so that equal values are treated alike. */
function pieceOf(values: Values, counts?: Counts): Piece {
  const by = (f: (x: number) => number) => Array.from(values, x => (Number.isFinite(x) ? f(x) : 0));
  return {
    index: 0,
    values,
    codes: Int32Array.from(by(x => Math.round(x % 8))),
    results: Float32Array.from(by(x => Math.round(x * 3) / 3)),
    clipped: Uint8Array.from(by(x => Number(x > 1))),
    scales: Float32Array.from(by(x => (x < -1 ? NaN : 1 / 3))),
    kept: Uint8Array.from(by(x => Number(Math.abs(x) > 1.5))),
    counts: counts ?? null,
  };
}

const codes = { first: -8, count: 17 };
const settings = { seed: 20_261_124, numRuns: 200 };
const exactKeys = ['count', 'clipped', 'maxError', 'scaled'];

/** Pieces with counts, and pieces of the repeated values. */
function check(property: (some: Piece, all: Piece) => void): void {
  fc.assert(
    fc.property(repeated, ({ values, counts }) =>
      property(pieceOf(values, counts), pieceOf(expanded({ values, counts }))),
    ),
    settings,
  );
}

test('error sums with counts are those of the repeated values', () => {
  check((some, all) => {
    const [actual, expected] = [noErrors(), noErrors()];
    addErrors(some, 0, 1, actual);
    addErrors(some, 1, some.values.length, actual);
    addErrors(all, 0, all.values.length, expected);
    for (const [key, sum] of Object.entries(expected)) {
      const bound = exactKeys.includes(key) ? 0 : 1e-12 * Math.abs(sum);
      expect(Math.abs(actual[key as keyof typeof actual] - sum), key).toBeLessThanOrEqual(bound);
    }
  });
});

test('codes are counted as often as their values occur', () => {
  check((some, all) => {
    const [actual, expected] = [new CodeCounts(codes), new CodeCounts(codes)];
    actual.add(some, 0, 1);
    actual.add(some, 1, some.values.length);
    expected.add(all, 0, all.values.length);
    expect([actual.used, actual.entropy]).toEqual([expected.used, expected.entropy]);
  });
});

test('by hand: x = 3 once and 4 three times, x^ = 3 for both', () => {
  const sums = noErrors();
  const piece: Piece = {
    index: 0,
    values: Float32Array.of(3, 4),
    codes: Int32Array.of(1, 1),
    results: Float32Array.of(3, 3),
    clipped: Uint8Array.of(0, 1),
    scales: Float32Array.of(2, 2),
    kept: null,
    counts: Float64Array.of(1, 3),
  };
  addErrors(piece, 0, 2, sums);
  expect(sums).toEqual({
    count: 4,
    clipped: 3,
    squaredError: 3,
    absError: 3,
    maxError: 1,
    squaredValue: 57,
    squaredResult: 36,
    product: 45,
    squaredSteps: 0.75,
    scaled: 4,
  });
});

test('values kept apart count as often as they occur', () => {
  const reporter = new Reporter(parseScheme('int8 tensor outliers=abs:1.5'), codes);
  reporter.piece(pieceOf(Float64Array.of(1, 2, 70_000, -9), Float64Array.of(1, 20, 300, 4000)));
  expect(reporter.report(4321)).toMatchObject({ outliersKept: 4320, outliersKeptFp32: 300 });
});
