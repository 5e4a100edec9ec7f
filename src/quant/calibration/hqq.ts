import type { QuantParams, Range, Stretch } from '../arithmetic';
import { roundHalfEven } from '../rounding';

/** How many iterations the library makes at most, if not told otherwise. */
export const hqqIterations = 20;

/** Values at [from, to) that share their parameters; rounded to float32, NaN and infinities are passed over. */
export type HqqValues = Pick<Stretch, 'values' | 'from' | 'to'>;

/** How a group is fitted. */
export interface HqqOptions {
  readonly bits: number;
  readonly iterations: number;
  /**
   * Whether the zero point that the first iteration starts from is rounded: what `BaseQuantizeConfig` asks for with 4 bits
   * only, and `Quantizer.quantize` does not by default.
   */
  readonly roundZero?: boolean;
}

/** What a group of values loses on its way. */
export interface HqqErrors {
  /** Entry i is the sum of |x - x^| with the zero point that iteration i starts from. */
  readonly sums: Float64Array;
  /** Finite values of the group. */
  readonly count: number;
}

/** Parameters of a group: codes are round(x * inverse + z) within [0, 2^bits - 1], and x^ = (q - z) * scale. */
export interface HqqParams extends QuantParams {
  /** What the library calls its scale while it works; `scale` is the reciprocal, rounded to float32. */
  readonly inverse: number;
  /** The values of the lowest and of the highest code. */
  readonly range: Range;
}

/**
 * Runs the solver on one group. How many iterations the library makes hangs on the errors of all groups of the tensor: add
 * their sums up, ask `hqqStop`, then take `hqqParams`.
 *
 * All is float32 as in the library on a CPU, but for two things that no document fixes: the mean over a group is a float64
 * sum rounded once (torch adds float32 numbers in an order that hangs on the processor), and |e|^-0.3 is rounded correctly.
 * @source mobiusml/hqq hqq/core/optimize.py, optimize_weights_proximal_legacy; hqq/core/quantize.py, Quantizer.quantize
 */
export function hqqErrors(group: HqqValues, options: HqqOptions): HqqErrors {
  const { qmax, inverse, zero, count } = startOf(group, options);
  const sums = new Float64Array(options.iterations);
  let z = zero;
  for (let i = 0; i < options.iterations; i++) {
    const step = iterate(group, z, { qmax, inverse });
    sums[i] = step.error;
    z = step.zero;
  }
  return { sums, count };
}

/** The parameters of a group after so many iterations: none is the plain range, and as many as `hqqStop` says the library's. */
export function hqqParams(group: HqqValues, options: HqqOptions): HqqParams {
  const { qmax, inverse, zero } = startOf(group, options);
  let zeroPoint = zero;
  for (let i = 0; i < options.iterations; i++) {
    zeroPoint = iterate(group, zeroPoint, { qmax, inverse }).zero;
  }
  const scale = Math.fround(1 / inverse);
  const range = { lo: (0 - zeroPoint) * scale, hi: (qmax - zeroPoint) * scale };
  return { scale, zeroPoint, inverse, range };
}

/**
 * How many iterations the library makes over a tensor: it stops after the first whose mean |x - x^| is not below the one
 * before, and keeps the zero point which that one made.
 * @param sums of |x - x^| over all groups, before each iteration
 * @param count finite values of all groups
 */
export function hqqStop(sums: ArrayLike<number>, count: number): number {
  let best = Infinity;
  for (let i = 0; i < sums.length; i++) {
    const error = Math.fround(sums[i]! / count);
    if (!(error < best)) return i + 1;
    best = error;
  }
  return sums.length;
}

/** Narrower ranges have the inverse 1. */
const narrowest = Math.fround(1e-4);
/** The largest inverse: the library's guard for scales in float16. */
const largestInverse = 2e4;

/** What a group starts from; the inverse stays. */
function startOf({ values, from, to }: HqqValues, { bits, roundZero = false }: HqqOptions) {
  let lo = Infinity;
  let hi = -Infinity;
  let count = 0;
  for (let i = from; i < to; i++) {
    const x = Math.fround(values[i]!);
    if (x - x !== 0) continue;
    if (x < lo) lo = x;
    if (x > hi) hi = x;
    count++;
  }
  const qmax = 2 ** bits - 1;
  const width = count > 0 ? Math.fround(hi - lo) : 0;
  // torch divides a number by a tensor as the number times the rounded reciprocal.
  const exact = Math.fround(qmax * Math.fround(1 / width));
  const inverse = width <= narrowest ? 1 : Math.min(exact, largestInverse);
  const zero = count > 0 ? Math.fround((0 - lo) * inverse) : 0;
  return { qmax, inverse, zero: roundZero ? roundHalfEven(zero) : zero, count };
}

/**
 * One iteration: quantizes with the zero point, shrinks the errors and fits the zero point to what is left.
 * @returns the sum of |x - x^| with the old zero point, and the new one
 */
function iterate(
  { values, from, to }: HqqValues,
  zero: number,
  { qmax, inverse }: { qmax: number; inverse: number },
): { error: number; zero: number } {
  let error = 0;
  let sum = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    const x = Math.fround(values[i]!);
    if (x - x !== 0) continue;
    const rounded = roundHalfEven(Math.fround(Math.fround(x * inverse) + zero));
    const q = Math.min(Math.max(rounded, 0), qmax);
    const e = Math.fround(x - Math.fround(Math.fround(q - zero) / inverse));
    error += Math.abs(e);
    sum += Math.fround(q - Math.fround(Math.fround(x - shrink(e)) * inverse));
    count++;
  }
  return { error, zero: count > 0 ? Math.fround(sum / count) : zero };
}

const lpNorm = 0.7;
const power = Math.fround(lpNorm - 1);
const inverseBeta = Math.fround(1 / 10);
/** Errors up to 0.1^(1 / 1.3) = 0.1701 shrink to 0; a little less leaves room for rounding, and saves the power. */
const shrinksToZero = 0.17;

/** The proximal operator of the lp norm: sign(e) * max(|e| - |e|^(p - 1) / beta, 0). */
function shrink(e: number): number {
  const magnitude = Math.abs(e);
  if (magnitude <= shrinksToZero) return 0;
  const less = Math.fround(inverseBeta * Math.fround(magnitude ** power));
  return Math.sign(e) * Math.max(Math.fround(magnitude - less), 0);
}
