import type { Values } from '../stats/moments';
import type { Scheme } from './scheme';

/** The codes a scheme may use, both ends included. */
export interface CodeRange {
  readonly qmin: number;
  readonly qmax: number;
}

/** Scale (a float32 number) and zero point (an integer) of the weights that share them. */
export interface QuantParams {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The scheme's codes: symmetric ones leave out the lowest unless `range=full`. */
export function codeRange({ bits, signed, symmetric, range }: Scheme): CodeRange {
  const half = 2 ** (bits - 1);
  const lowest = symmetric && range === 'narrow' ? 1 - half : -half;
  const shift = signed ? 0 : half;
  return { qmin: lowest + shift, qmax: half - 1 + shift };
}

/**
 * Scale and zero point for values that span [lo, hi].
 * The scale is computed in float64 and stored as float32; one that rounds to 0 becomes 1. A range of zeros has scale 1
 * and the zero point of a symmetric grid.
 * @param lo smallest finite value, exact
 * @param hi largest finite value, exact
 * @source ONNX QuantizeLinear for the use of the parameters; ranges as in the ONNX and TFLite quantization specifications
 */
export function affineParams(scheme: Scheme, lo: number, hi: number): QuantParams {
  return scheme.symmetric ? symmetricParams(scheme, lo, hi) : asymmetricParams(scheme, lo, hi);
}

function symmetricParams(scheme: Scheme, lo: number, hi: number): QuantParams {
  const half = 2 ** (scheme.bits - 1);
  const absMax = Math.max(Math.abs(lo), Math.abs(hi));
  return { scale: storedScale(absMax / (half - 1)), zeroPoint: scheme.signed ? 0 : half };
}

function asymmetricParams(scheme: Scheme, lo: number, hi: number): QuantParams {
  const { qmin, qmax } = codeRange(scheme);
  if (scheme.zero === 'in') {
    lo = Math.min(lo, 0);
    hi = Math.max(hi, 0);
  }
  if (lo === 0 && hi === 0) return { scale: 1, zeroPoint: 0 };
  const scale = storedScale((hi - lo) / (qmax - qmin));
  const z = qmin + roundHalfEven(Math.fround(Math.fround(-lo) / scale));
  return { scale, zeroPoint: scheme.zero === 'free' ? z : Math.min(Math.max(z, qmin), qmax) };
}

function storedScale(exact: number): number {
  const scale = Math.fround(exact);
  return scale === 0 ? 1 : scale;
}

/** 1.5 * 2^52: adding it to a float64 of magnitude below 2^51 leaves no room for a fraction, and the FPU rounds half to even. */
const roundingMagic = 6755399441055744;
/** Beyond this a rounded quotient is far outside any code range, and the magic number no longer works. */
const farAway = 2 ** 40;

/** Rounds to the nearest integer, a tie to the even one; values beyond +-2^40 come back as +-2^40. */
export function roundHalfEven(v: number): number {
  return Math.min(Math.max(v, -farAway), farAway) + roundingMagic - roundingMagic;
}

/**
 * Quantizes values that share their parameters: q = clamp(z + round(x / s), qmin, qmax) in float32, ONNX's order.
 * NaN gets the zero point, infinities saturate.
 * @param codes written at the same indices as read
 * @source onnx/onnx docs/Operators.md, QuantizeLinear
 */
export function quantize(
  values: Values,
  { scale, zeroPoint }: QuantParams,
  { qmin, qmax }: CodeRange,
  codes: Int32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const x = Math.fround(values[i]!);
    const q = Number.isNaN(x) ? zeroPoint : roundHalfEven(Math.fround(x / scale)) + zeroPoint;
    codes[i] = Math.min(Math.max(q, qmin), qmax);
  }
}

/** Dequantizes one code: (q - z) * s, rounded once to float32. */
export function dequantize(code: number, { scale, zeroPoint }: QuantParams): number {
  return Math.fround((code - zeroPoint) * scale);
}

/** Sums over the finite values of x, of x^ (the dequantized value) and of e = x - x^, in float64. */
export interface ErrorSums {
  count: number;
  clipped: number;
  squaredError: number;
  absError: number;
  maxError: number;
  squaredValue: number;
  squaredResult: number;
  product: number;
}

/** Sums of nothing. */
export function noErrors(): ErrorSums {
  return {
    count: 0,
    clipped: 0,
    squaredError: 0,
    absError: 0,
    maxError: 0,
    squaredValue: 0,
    squaredResult: 0,
    product: 0,
  };
}

/** Stretch [from, to) of an array of values. */
export interface Stretch {
  readonly values: Values;
  readonly from: number;
  readonly to: number;
}

/**
 * Quantizes and dequantizes a stretch whose values share their parameters, and adds up what that does to them.
 * The same arithmetic as `quantize` then `dequantize`; NaN and infinities are passed over.
 */
export function addErrors(
  { values, from, to }: Stretch,
  { scale, zeroPoint }: QuantParams,
  { qmin, qmax }: CodeRange,
  sums: ErrorSums,
): void {
  const low = qmin - zeroPoint;
  const high = qmax - zeroPoint;
  let { count, clipped, maxError } = sums;
  let squaredError = 0;
  let absError = 0;
  let squaredValue = 0;
  let squaredResult = 0;
  let product = 0;
  for (let i = from; i < to; i++) {
    const x = values[i]!;
    if (x - x !== 0) continue;
    const steps = roundHalfEven(Math.fround(Math.fround(x) / scale));
    const kept = steps < low ? low : steps > high ? high : steps;
    const result = Math.fround(kept * scale);
    const error = Math.abs(x - result);
    count++;
    if (kept !== steps) clipped++;
    if (error > maxError) maxError = error;
    squaredError += error * error;
    absError += error;
    squaredValue += x * x;
    squaredResult += result * result;
    product += x * result;
  }
  sums.count = count;
  sums.clipped = clipped;
  sums.maxError = maxError;
  sums.squaredError += squaredError;
  sums.absError += absError;
  sums.squaredValue += squaredValue;
  sums.squaredResult += squaredResult;
  sums.product += product;
}
