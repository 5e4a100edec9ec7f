import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { lookAtCounts } from '../../../src/quant/run/chunks';
import { DetailProfiler } from '../../../src/stats/detailProfiler';
import type { Values } from '../../../src/stats/moments';
import type { ChannelProfile, Profile, ProfileDetail } from '../../../src/stats/profile';
import { Profiler } from '../../../src/stats/profiler';
import { type Piece, piecesOf, profiled } from './profiled';

/** Made by test/fixtures/make/profile.py. */
interface Case {
  readonly name: string;
  readonly dtype: 'float32' | 'float64';
  readonly cols: number;
  readonly file?: string;
  readonly values?: readonly (number | 'nan' | 'inf' | '-inf')[];
  readonly expected: {
    readonly profile: Profile;
    readonly detail: ProfileDetail;
    readonly channels: ChannelProfile;
  };
}

const folder = path.resolve(import.meta.dirname, '../../fixtures/golden');
const { sigma, cases } = JSON.parse(await readFile(path.join(folder, 'profile.json'), 'utf8')) as {
  sigma: number;
  cases: Case[];
};

const special = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };

async function valuesOf({ dtype, file, values = [] }: Case): Promise<Values> {
  if (file !== undefined) {
    const bytes = await readFile(path.join(folder, file));
    const headerLength = 10 + bytes.readUInt16LE(8);
    return new Float32Array(Uint8Array.from(bytes.subarray(headerLength)).buffer);
  }
  const numbers = values.map(x => (typeof x === 'number' ? x : special[x]));
  return dtype === 'float32' ? Float32Array.from(numbers) : Float64Array.from(numbers);
}

/** Within `bound`, and null where null is expected. */
function expectNear(actual: number | null, expected: number | null, bound: number) {
  if (expected === null || actual === null) expect(actual).toBe(expected);
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(bound);
}

type Spread = { readonly [K in 'mean' | 'std']: number | null };

function expectMoments(actual: Spread, expected: Spread) {
  const { mean, std } = expected;
  // The mean is kept as two numbers, and their sum is rounded once: a unit of its last place at most.
  expectNear(actual.mean, mean, 1e-12 * (std ?? 0) + 2 ** -52 * Math.abs(mean ?? 0));
  expectNear(actual.std, std, 1e-12 * (std ?? 0));
}

function expectProfile(actual: Profile, expected: Profile) {
  const { mean, std, outliers, ...exact } = expected;
  expect(actual).toMatchObject(exact);
  expectMoments(actual, { mean, std });
  expectNear(actual.outliers.threshold, outliers.threshold, 1e-12 * (outliers.threshold ?? 0));
  expect(actual.outliers.count).toBe(outliers.count);
}

/** How far float32 may move a quantile: 2^-24 of the larger value it lies between. */
function quantileBound(p: number, sorted: Float64Array): number {
  const below = Math.floor(p * (sorted.length - 1));
  const ends = sorted.subarray(below, below + 2).map(Math.abs);
  return 2 ** -24 * Math.max(...ends, 2 ** -126);
}

function expectDetail(actual: ProfileDetail, expected: ProfileDetail, values: Values) {
  const { skewness, kurtosis, quantiles, histogram, top, casts } = actual;
  // Skewness is a sum of both signs: near 0 its digits are those of the mean |z|^3, which is 1 at least.
  expectNear(skewness, expected.skewness, 1e-12 * Math.max(1, Math.abs(expected.skewness ?? 0)));
  expectNear(kurtosis, expected.kurtosis, 1e-12 * (expected.kurtosis ?? 0));
  expect(histogram).toEqual(expected.histogram);
  expect(top).toEqual(expected.top);
  expect(casts).toEqual(expected.casts);
  expect(quantiles.map(q => q.p)).toEqual(expected.quantiles.map(q => q.p));
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  quantiles.forEach(({ p, value }, i) => {
    const exact = values instanceof Float32Array;
    expectNear(value, expected.quantiles[i]!.value, exact ? 0 : quantileBound(p, sorted));
  });
}

function expectChannels(actual: ChannelProfile, expected: ChannelProfile) {
  for (const key of ['absMax', 'min', 'max'] as const) expect(actual[key]).toEqual(expected[key]);
  expect(actual.mean.length).toBe(expected.mean.length);
  expect(actual.std.length).toBe(expected.std.length);
  const row = (c: ChannelProfile, i: number) => ({ mean: c.mean[i]!, std: c.std[i]! });
  expected.mean.forEach((_, i) => {
    expectMoments(row(actual, i), row(expected, i));
  });
}

/** The whole at once, value by value, and pieces that end anywhere. */
const cuts: readonly [string, (count: number) => Piece[]][] = [
  ['whole', count => piecesOf(count, count)],
  ['in pieces of 37', count => piecesOf(count, 37)],
  ['value by value', count => piecesOf(count, 1)],
];

describe.each(cuts)('numpy, %s', (_, piecesFor) => {
  test.each(cases)('$name', async c => {
    const values = await valuesOf(c);
    const options = { sigma, cols: c.cols, detail: true, channels: true };
    const { profile, detail, channels } = profiled(values, options, piecesFor(values.length));
    expectProfile(profile, c.expected.profile);
    expectDetail(detail!, c.expected.detail, values);
    expectChannels(channels!, c.expected.channels);
  });
});

describe('passes', () => {
  const plain = { sigma: 2, cols: 4, detail: false, channels: false };
  const detailed = { ...plain, detail: true };
  const spread = Float32Array.of(1, -1, 1, -1);
  const outlier = Float32Array.of(...new Array<number>(20).fill(0), 9);

  test.each([
    ['no value beyond the threshold', spread, plain, 1],
    ['channels too', spread, { ...plain, channels: true }, 1],
    ['an outlier', outlier, plain, 1],
    ['a constant, which has no outliers', Float32Array.of(3, 3, 3), plain, 1],
    ['detail', spread, detailed, 3],
    ['detail of an outlier', outlier, detailed, 3],
    ['detail of nothing', new Float32Array(0), detailed, 1],
    ['detail of nothing finite', Float32Array.of(NaN, Infinity), detailed, 1],
    ['detail of values beyond float32', Float64Array.of(1e100, 2e200), detailed, 2],
  ])('%s', (_, values, options, passes) => {
    const found = profiled(values, options);
    expect(found.passes).toBe(passes);
    expect(found.profile.outliers.count).toBe(values === outlier ? 1 : 0);
  });

  test('what was not asked for is null', () => {
    expect(profiled(spread, plain)).toMatchObject({ detail: null, channels: null });
  });
});

test('a value beyond float32 leaves the quantiles out, and nothing else', () => {
  const options = { sigma: 6, cols: 3, detail: true, channels: false };
  const { detail } = profiled(Float64Array.of(1, 2, 1e100), options);
  expect(detail!.quantiles).toEqual([]);
  expect(detail!.top[0]).toEqual({ index: 2, value: 1e100 });
  expect(detail!.histogram).toMatchObject({ lo: 1, hi: 1e100 });
  expect(detail!.kurtosis).toBeCloseTo(1.5, 12);
});

test('figures that overflow float64 are null', () => {
  const options = { sigma: 6, cols: 2, detail: true, channels: true };
  const { detail, channels } = profiled(Float64Array.of(1e308, -1e308), options);
  expect(detail).toMatchObject({ skewness: null, kurtosis: null, quantiles: [], histogram: null });
  expect(channels).toMatchObject({ std: [null], absMax: [1e308] });
});

test('a sample has its gaps: places count in the tensor, and rows that were left out are null', () => {
  const values = Float32Array.of(0, 0, 7, 1, 0, 0, 0, 0, -8, 2);
  const options = { sigma: 6, cols: 2, detail: true, channels: true };
  const { profile, detail, channels } = profiled(values, options, [
    [2, 4],
    [9, 10],
  ]);
  expect(profile.count).toBe(3);
  expect(detail!.top).toEqual([
    { index: 2, value: 7 },
    { index: 9, value: 2 },
    { index: 3, value: 1 },
  ]);
  expect(channels!.max).toEqual([null, 7, null, null, 2]);
});

test('from the second pass on, the distinct values with their counts will do', () => {
  // The spread shrinks: the first pass cannot tell the outliers.
  const expanded = Float32Array.of(9, -9, 9, ...new Array<number>(97).fill(0.5), 2, -2, NaN);
  const values = Float32Array.of(NaN, -9, -2, 0.5, 2, 9);
  const counts = Float64Array.of(1, 1, 1, 97, 1, 2);
  const options = { sigma: 1, cols: 10, channels: true };
  const pieces = piecesOf(expanded.length, 3);
  const profiler = new Profiler({ ...options, top: true });
  const closer = new DetailProfiler(profiler.moments);
  expect([profiler.isOrderless, closer.isOrderless]).toEqual([false, true]);
  for (const [from, to] of pieces)
    profiler.add({ values: expanded.subarray(from, to), index: from });
  expect([profiler.finish(), profiler.isOrderless]).toEqual([false, true]);
  for (const looker of [profiler, closer]) lookAtCounts(looker, { values, index: 0, counts });
  const { top, ...found } = profiler.result;
  const detail = { ...closer.result, top };
  const {
    detail: expected,
    passes,
    ...whole
  } = profiled(expanded, { ...options, detail: true }, pieces);
  expect(passes).toBe(3);
  expect(found).toEqual(whole);
  // std is 1.6: 9, -9, 9, 2 and -2 lie beyond.
  expect(found.profile.outliers.count).toBe(5);
  const { skewness, kurtosis, ...exact } = detail;
  expect(exact).toEqual({ ...expected, skewness: undefined, kurtosis: undefined });
  expect(skewness).toBeCloseTo(expected!.skewness!, 12);
  expect(kurtosis! / expected!.kurtosis!).toBeCloseTo(1, 12);
});
