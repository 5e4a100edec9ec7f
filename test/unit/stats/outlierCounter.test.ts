import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Moments, type StatsEngine, type Values } from '../../../src/stats/moments';
import { OutlierCounter } from '../../../src/stats/outlierCounter';
import { Profiler } from '../../../src/stats/profiler';
import { builtKernels } from '../kernels/built';
import { randomFrom } from '../kernels/values';
import { type Piece, piecesOf, profiled } from './profiled';

const settings = { seed: 20_250_901, numRuns: 300 };
const kernels = builtKernels();

/** np.std of the finite values, and how many of them lie beyond a threshold. */
function direct(values: Values) {
  const finite = Array.from(values).filter(Number.isFinite);
  const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length;
  const std = Math.sqrt(finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / finite.length);
  const absMax = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const beyond = (threshold: number) => finite.filter(x => Math.abs(x) > threshold).length;
  return { finite, mean, std, absMax, beyond };
}

const plain = (sigma: number, engine?: StatsEngine) => ({
  ...{ sigma, cols: 8, detail: false, channels: false, engine },
});

/** Streams values past a profiler and holds threshold and count to the definition. @returns the passes it took */
function check(values: Values, pieces: readonly Piece[], sigma: number): number {
  const { std, absMax, finite, beyond } = direct(values);
  const runs = [undefined, kernels].map(engine => {
    const { profile, passes } = profiled(values, plain(sigma, engine), pieces);
    const { threshold, count } = profile.outliers;
    if (finite.length === 0) expect(threshold).toBeNull();
    else if (profile.min === profile.max) expect(threshold).toBe(0);
    else {
      const bound = sigma * (1e-12 * std + 1e-15 * absMax);
      expect(Math.abs(threshold! - sigma * std)).toBeLessThanOrEqual(bound);
    }
    // By the threshold found: a value may lie within its last digit.
    expect(count).toBe(threshold === null || threshold === 0 ? 0 : beyond(threshold));
    return passes;
  });
  return Math.max(...runs);
}

/** Numbers about 0 whose tails are heavy, and what is out of the ordinary. */
const number = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }).map(x => x ** 9) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.25, -0.25) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
);
/** A stretch of a tensor: zeros, a constant, or numbers of one spread. */
const stretch = fc.oneof(
  { weight: 1, arbitrary: fc.array(fc.constant(0), { minLength: 1, maxLength: 9 }) },
  { weight: 1, arbitrary: fc.array(fc.constant(-0.3), { minLength: 1, maxLength: 9 }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: -12, max: 12 }), fc.array(number, { maxLength: 40 }))
      .map(([e, xs]) => xs.map(x => x * 2 ** e)),
  },
);
const tensor = fc
  .tuple(fc.array(stretch, { maxLength: 6 }), fc.boolean())
  .map(([parts, wide]) =>
    wide ? Float64Array.from(parts.flat()) : Float32Array.from(parts.flat()),
  );
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
const sigmas = fc.constantFrom(0.5, 1, 2, 3, 6);

/** Pieces of these lengths, again and again. */
function piecesBy(count: number, lengths: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0, i = 0; at < count; i++) {
    const to = Math.min(count, at + lengths[i % lengths.length]!);
    pieces.push([at, to]);
    at = to;
  }
  return pieces;
}

/** A normal number cubed: its kurtosis is 46. */
function heavyTailed(length: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length }, () => {
    const r = Math.sqrt(-2 * Math.log(1 - random()));
    return (r * Math.cos(2 * Math.PI * random())) ** 3;
  });
}

describe('outliers are those of the definition', () => {
  test('any values, cut anyhow', () => {
    const passes = new Set<number>();
    fc.assert(
      fc.property(tensor, cuts, sigmas, (values, lengths, sigma) => {
        passes.add(check(values, piecesBy(values.length, lengths), sigma));
      }),
      settings,
    );
    expect([...passes].sort()).toEqual([1, 2]);
  });

  const count = 400_000;
  const piece = 50_000;
  const tails = heavyTailed(count, 3);
  const part = (i: number) => Math.floor(i / piece);
  const cases: readonly [string, Values, sigma: number, passes: number][] = [
    ['heavy tails', tails, 6, 1],
    ['heavy tails in float64', Float64Array.from(tails, x => x + 1e-12), 6, 1],
    ['more of them than the list holds', tails, 0.5, 1],
    ['zeros first', tails.map((x, i) => (i < 120_000 ? 0 : x)), 6, 1],
    ['a constant first', tails.map((x, i) => (i < piece ? 0.01 : x)), 6, 1],
    ['a large constant first', tails.map((x, i) => (i < piece ? 1000 : x)), 2, 2],
    ['a spread that rises', tails.map((x, i) => x * 2 ** part(i)), 3, 1],
    [
      'that rises, and more beyond than the list holds',
      tails.map((x, i) => x * 1.1 ** part(i)),
      0.5,
      2,
    ],
    ['a spread that shrinks', tails.map((x, i) => x * 2 ** -part(i)), 3, 2],
    ['all far from zero', tails.map(x => 1000 + x), 6, 1],
    ['as many at the threshold as there are', tails.map(x => Math.sign(x)), 1, 2],
    [
      'NaN and infinities all over',
      tails.map((x, i) => [NaN, Infinity, -Infinity][i % 7] ?? x),
      6,
      1,
    ],
  ];
  test.each(cases)('%s', (_, values, sigma, passes) => {
    expect(check(values, piecesOf(count, piece), sigma)).toBe(passes);
  });
});

describe('parts that are merged', () => {
  /** What is merged of parts, each of which saw its pieces apart, and sent what it knows. */
  function mergedOf(parts: readonly (readonly Values[])[], sigma: number) {
    const moments = new Moments();
    const outliers = new OutlierCounter(sigma, moments);
    for (const pieces of parts) {
      const profiler = new Profiler({ ...plain(sigma), top: false });
      for (const values of pieces) profiler.add({ values, index: 0 });
      profiler.finish();
      const state = structuredClone(profiler.state);
      moments.merge(state.moments);
      outliers.merge(state.outliers);
    }
    return { moments, outliers };
  }

  function checkMerged(values: Values, pieces: readonly Piece[], sigma: number, perPart: number) {
    const whole = new Moments();
    whole.add(values);
    const cut = pieces.map(([from, to]) => values.slice(from, to));
    const parts = piecesOf(cut.length, perPart).map(([from, to]) => cut.slice(from, to));
    const { moments, outliers } = mergedOf(parts, sigma);
    const { threshold, count } = outliers;
    const [found, expected] = [moments, whole].map(m => m.profile(0, 0));
    const { mean, std, ...exact } = found!;
    expect(exact).toEqual({ ...expected, mean: undefined, std: undefined });
    if (mean !== null && std !== null) {
      const bound = 1e-13 * whole.std;
      expect(Math.abs(std - whole.std)).toBeLessThanOrEqual(bound);
      expect(Math.abs(mean - expected!.mean!)).toBeLessThanOrEqual(
        bound + 2 ** -52 * Math.abs(mean),
      );
    }
    if (count !== null) expect(count).toBe(threshold === 0 ? 0 : direct(values).beyond(threshold));
    return count;
  }

  test('any values, cut anyhow', () => {
    let known = 0;
    fc.assert(
      fc.property(tensor, cuts, sigmas, fc.integer({ min: 1, max: 5 }), (values, lengths, s, n) => {
        const pieces = piecesBy(values.length, lengths);
        const count = checkMerged(values, pieces, s, n);
        if (count !== null && count > 0) known++;
      }),
      settings,
    );
    expect(known).toBeGreaterThan(0);
  });

  test.each([
    ['heavy tails', 0, 6],
    ['more beyond than the list holds', 0, 0.5],
    ['far from zero', 1000, 6],
  ])('%s: the count is known', (_, far, sigma) => {
    const values = Float64Array.from(heavyTailed(400_000, 5), x => far + x);
    expect(checkMerged(values, piecesOf(values.length, 30_000), sigma, 4)).not.toBeNull();
  });

  test('parts that are unlike: it is not', () => {
    const values = heavyTailed(100_000, 5).map((x, i) => (i < 10_000 ? x : x / 64));
    expect(checkMerged(values, piecesOf(values.length, 10_000), 3, 1)).toBeNull();
  });
});

test('an ordinary bell is looked at no more than once its spread is known', () => {
  const random = randomFrom(8);
  const bell = Float32Array.from({ length: 2 ** 17 }, () => {
    const r = Math.sqrt(-2 * Math.log(1 - random()));
    return r * Math.cos(2 * Math.PI * random());
  });
  let collected = 0;
  const engine: StatsEngine = {
    stats: (values, pivot) => kernels.stats(values, pivot),
    countBeyond: (values, threshold) => kernels.countBeyond(values, threshold),
    collectBetween(values, band) {
      collected += values.length;
      return kernels.collectBetween(values, band);
    },
  };
  const profiler = new Profiler({ ...plain(6, engine), top: false });
  const chunks = 256;
  for (let i = 0; i < chunks; i++) profiler.add({ values: bell, index: i * bell.length });
  expect(profiler.finish()).toBe(true);
  expect(collected).toBeLessThan((chunks * bell.length) / 8);
});
