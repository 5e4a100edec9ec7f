import { describe, expect, test } from 'vitest';
import { errorFigures } from '../../../src/quant/errorReport';
import { addErrors, CodeCounts, noErrors, type Piece } from '../../../src/quant/errorSums';
import { integerCodec } from '../../../src/quant/grids/integerCodec';

const codec = integerCodec({
  qmin: -128,
  qmax: 127,
  rounding: { kind: 'even' },
  division: 'divide',
  zeroPoint: 'after',
});
const params = { scale: Math.fround(0.013), zeroPoint: -5 };

/** What ONNX's order of operations makes of the values. */
function pieceOf(values: Float64Array): Piece {
  const { length } = values;
  const piece = {
    index: 0,
    values,
    codes: new Int32Array(length),
    results: new Float32Array(length),
    clipped: new Uint8Array(length),
    scales: new Float32Array(length).fill(params.scale),
    kept: null,
  };
  codec.quantize({ values, from: 0, to: length, index: 0, stride: 1 }, params, piece);
  return piece;
}

describe('error sums', () => {
  const values = Float64Array.from({ length: 999 }, (_, i) => Math.sin(i * 12.9898) * 2.5);
  values[17] = Number.NaN;
  values[18] = Infinity;
  const piece = pieceOf(values);

  test('say what quantizing did, value by value', () => {
    const sums = noErrors();
    addErrors(piece, 0, values.length, sums);
    let squared = 0;
    let worst = 0;
    let clipped = 0;
    for (const [i, x] of values.entries()) {
      if (!Number.isFinite(x)) continue;
      const e = Math.abs(x - Math.fround((piece.codes[i]! + 5) * params.scale));
      squared += e * e;
      worst = Math.max(worst, e);
      if (x > (127 + 5.5) * params.scale || x < (-128 + 4.5) * params.scale) clipped++;
    }
    expect(sums.count).toBe(997);
    expect(sums.maxError).toBe(worst);
    expect(sums.clipped).toBe(clipped);
    expect(clipped).toBeGreaterThan(10);
    expect(Math.abs(sums.squaredError / squared - 1)).toBeLessThan(1e-13);
    expect(sums.scaled).toBe(997);
    expect(Math.abs(sums.squaredSteps * params.scale ** 2 - squared)).toBeLessThan(1e-12 * squared);
  });

  test('of parts add up to those of the whole', () => {
    const whole = noErrors();
    const parts = noErrors();
    addErrors(piece, 0, 999, whole);
    for (const [from, to] of [
      [0, 18],
      [18, 500],
      [500, 999],
    ] as const)
      addErrors(piece, from, to, parts);
    for (const key of Object.keys(whole) as (keyof typeof whole)[])
      expect(Math.abs(parts[key] - whole[key])).toBeLessThanOrEqual(1e-13 * Math.abs(whole[key]));
  });

  test('a value without a scale has no error in steps', () => {
    const sums = noErrors();
    addErrors({ ...piece, scales: new Float32Array(999).fill(Number.NaN) }, 0, 999, sums);
    expect(sums.scaled).toBe(0);
    expect(errorFigures(sums).rmseOverScale).toBeNull();
  });
});

describe('error figures', () => {
  test('of nothing are null', () => {
    expect(new Set(Object.values(errorFigures(noErrors())))).toEqual(new Set([null]));
  });

  test('no error and no signal: what is a ratio is null', () => {
    const zeros = noErrors();
    addErrors(pieceOf(new Float64Array(3)), 0, 3, zeros);
    expect(errorFigures(zeros)).toMatchObject({
      mse: 0,
      maxAbsError: 0,
      sqnrDb: null,
      cosine: null,
      relativeFrobenius: null,
      rmseOverScale: 0,
      clippedFraction: 0,
    });
  });

  test('by hand: x = [3, 4], x^ = [3, 3]', () => {
    const sums = noErrors();
    const piece = pieceOf(Float64Array.of(3, 4));
    addErrors(
      { ...piece, results: Float32Array.of(3, 3), scales: Float32Array.of(2, 2) },
      0,
      2,
      sums,
    );
    const figures = errorFigures(sums);
    expect(figures.mse).toBe(0.5);
    expect(figures.rmse).toBe(Math.sqrt(0.5));
    expect(figures.meanAbsError).toBe(0.5);
    expect(figures.maxAbsError).toBe(1);
    expect(figures.sqnrDb).toBe(10 * Math.log10(25));
    expect(figures.relativeFrobenius).toBe(0.2);
    expect(figures.cosine).toBeCloseTo(21 / (5 * Math.sqrt(18)), 14);
    expect(figures.rmseOverScale).toBe(Math.sqrt(1 / 8));
  });
});

describe('code counts', () => {
  const counted = (codes: readonly number[], over: Partial<Piece> = {}) => {
    const counts = new CodeCounts({ first: -2, count: 5, available: 4 });
    const values = Float64Array.from(codes, () => 1);
    counts.add({ ...pieceOf(values), codes: Int32Array.from(codes), ...over }, 0, codes.length);
    return counts;
  };

  test('four codes alike have an entropy of 2 bits', () => {
    const counts = counted([-2, -1, 0, 1]);
    expect([counts.used, counts.entropy, counts.available]).toEqual([4, 2, 4]);
  });

  test('one code has none, no code neither', () => {
    expect(counted([1, 1, 1]).entropy).toBe(0);
    expect(counted([]).entropy).toBeNull();
  });

  test('what is kept apart or not finite is not counted', () => {
    const counts = counted([-2, -1, 0], {
      values: Float64Array.of(1, Number.NaN, 1),
      kept: Uint8Array.of(1, 0, 0),
    });
    expect([counts.used, counts.entropy]).toEqual([1, 0]);
  });
});
