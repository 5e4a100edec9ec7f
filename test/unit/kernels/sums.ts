import { expect } from 'vitest';
import type { Codec, QuantParams, Range } from '../../../src/quant/arithmetic';
import { addErrors, type ErrorSums, noErrors } from '../../../src/quant/errorSums';

/** What the twins make of values whose segments have these parameters. */
export function twinSums(
  values: Float32Array,
  width: number,
  { codec, params }: { codec: Codec; params: readonly QuantParams[] },
): { sums: ErrorSums; codeCounts: number[] } {
  const { length } = values;
  const out = {
    codes: new Int32Array(length),
    results: new Float32Array(length),
    clipped: new Uint8Array(length),
    scales: new Float32Array(length),
  };
  params.forEach((p, i) => {
    const [from, to] = [i * width, Math.min((i + 1) * width, length)];
    codec.quantize({ values, from, to, index: from, stride: 1 }, p, out);
    out.scales.fill(p.scale, from, to);
  });
  const sums = noErrors();
  addErrors({ index: 0, values, kept: null, ...out }, 0, length, sums);
  const { first, count } = codec.codes;
  const codeCounts = new Array<number>(count).fill(0);
  for (let i = 0; i < length; i++)
    if (Number.isFinite(values[i])) codeCounts[out.codes[i]! - first]!++;
  return { sums, codeCounts };
}

/** Whether sums are what the kernels promise of them: see `KernelSums`. */
export function expectSums(actual: ErrorSums, wanted: ErrorSums): void {
  const { count, clipped, scaled } = wanted;
  expect(actual).toMatchObject({ count, clipped, scaled });
  const within = (key: keyof ErrorSums, bound: number) => {
    if (actual[key] === wanted[key] || Math.abs(actual[key] - wanted[key]) <= bound) return;
    expect(actual[key], key).toBe(wanted[key]);
  };
  within('maxError', 2 ** -24 * wanted.maxError);
  for (const key of ['squaredError', 'absError', 'squaredValue', 'squaredResult'] as const)
    within(key, 2 ** -18 * wanted[key]);
  within('squaredSteps', 2 ** -18 * wanted.squaredSteps);
  const { squaredValue, squaredResult, product } = wanted;
  within('product', 2 ** -18 * Math.max(squaredValue + squaredResult, Math.abs(product)));
}

/** What is known of segments, array by array. */
export interface SegmentArrays {
  readonly scales: number[];
  readonly zeroPoints: number[];
  readonly lows: number[];
  readonly highs: number[];
}

/** Notes one segment. */
export function pushSegment(arrays: SegmentArrays, params: QuantParams, { lo, hi }: Range): void {
  arrays.scales.push(params.scale);
  // A zero point of -0 is 0.
  arrays.zeroPoints.push(params.zeroPoint + 0);
  arrays.lows.push(lo);
  arrays.highs.push(hi);
}

/** Whether a kernel found the same of each segment. */
export function expectSegments(
  actual: { readonly [K in keyof SegmentArrays]: Float32Array },
  wanted: SegmentArrays,
): void {
  for (const key of ['scales', 'zeroPoints', 'lows', 'highs'] as const)
    expect(actual[key], key).toEqual(Float32Array.from(wanted[key]));
}
