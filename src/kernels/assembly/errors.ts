// What quantizing did to values, added up as `addErrors` of src/quant/errorSums.ts does.
import { fold, highest, increase } from './fold';

/** Where the sums stand in their record of ten float64: the order of `ErrorSums`. */
const atCount: usize = 0;
const atClipped: usize = 8;
const atSquaredError: usize = 16;
const atAbsError: usize = 24;
const atMaxError: usize = 32;
const atSquaredValue: usize = 40;
const atSquaredResult: usize = 48;
const atProduct: usize = 56;
const atSquaredSteps: usize = 64;
const atScaled: usize = 72;

/** Bytes of a block: as many values as float32 lanes add up before they are folded into float64. */
export const blockBytes: usize = 1024;

/** Scales whose squares are far from where float32 ends. */
const leastScale: f32 = 1e-12;
const mostScale: f32 = 1e12;
/** Sums of squares of a block: below the least some may have lost digits, beyond the most overflow is near. */
const leastSquares: f64 = 1e-24;
const mostSquares: f64 = 1e36;

/** Whether the squares of errors by this scale can be added up in float32. */
export function isUsual(scale: f32): bool {
  return scale >= leastScale && scale <= mostScale;
}

/** Whether a block's float32 sums can be trusted: nothing in it was NaN or infinite, too small or too large. */
// @ts-ignore: decorator
@inline
export function areSound(squaredError: f64, squaredValue: f64): bool {
  const isWithin = squaredValue >= leastSquares && squaredValue <= mostSquares;
  return isWithin && squaredError <= mostSquares;
}

/** Adds a block's sums. */
export function addSums(
  sums: usize,
  count: f64,
  scale: f64,
  squaredError: f64,
  absError: f64,
  maxError: f64,
  squaredValue: f64,
  squaredResult: f64,
  product: f64,
): void {
  increase(sums + atCount, count);
  increase(sums + atSquaredError, squaredError);
  increase(sums + atAbsError, absError);
  store<f64>(sums, max(load<f64>(sums, atMaxError), maxError), atMaxError);
  increase(sums + atSquaredValue, squaredValue);
  increase(sums + atSquaredResult, squaredResult);
  increase(sums + atProduct, product);
  increase(sums + atSquaredSteps, squaredError / (scale * scale));
  increase(sums + atScaled, count);
}

/** Adds how many values were saturated. */
// @ts-ignore: decorator
@inline
export function addClipped(sums: usize, count: f64): void {
  increase(sums + atClipped, count);
}

/** Adds one finite value. */
export function addOne(sums: usize, x: f64, result: f64, scale: f64): void {
  const error = abs(x - result);
  increase(sums + atCount, 1);
  if (error > load<f64>(sums, atMaxError)) store<f64>(sums, error, atMaxError);
  increase(sums + atSquaredError, error * error);
  increase(sums + atAbsError, error);
  increase(sums + atSquaredValue, x * x);
  increase(sums + atSquaredResult, result * result);
  increase(sums + atProduct, x * result);
  const steps = error / scale;
  if (steps !== steps) return;
  increase(sums + atSquaredSteps, steps * steps);
  increase(sums + atScaled, 1);
}

/**
 * Whether the product of x and x^ may be taken as (x^2 + x^^2 - e^2) / 2. It has the relative errors of these sums, and
 * so leaves the cosine more digits than a product added up in float32 would; but not where x^^2 is much the smallest.
 */
// @ts-ignore: decorator
@inline
export function hasProduct(squaredValue: f64, squaredResult: f64): bool {
  return squaredResult * 16 >= squaredValue;
}

/**
 * Adds the errors of the values at [ptr, end), a multiple of 16 of at most a block, whose x^ are levels * scale. False,
 * and nothing added, where float32 sums cannot be trusted.
 */
export function addBlock(ptr: usize, end: usize, levels: usize, scale: f32, sums: usize): bool {
  let squaredError = f32x4.splat(0);
  let absError = squaredError;
  let maxError = squaredError;
  let squaredValue = squaredError;
  let squaredResult = squaredError;
  const count = <f64>((end - ptr) >> 2);
  const first = ptr;
  let at = levels;
  const s = f32x4.splat(scale);
  do {
    let x = v128.load(ptr);
    let y = v128.load(ptr, 16);
    let r = f32x4.mul(v128.load(at), s);
    let q = f32x4.mul(v128.load(at, 16), s);
    let e = f32x4.abs(f32x4.sub(x, r));
    let d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    x = v128.load(ptr, 32);
    y = v128.load(ptr, 48);
    r = f32x4.mul(v128.load(at, 32), s);
    q = f32x4.mul(v128.load(at, 48), s);
    e = f32x4.abs(f32x4.sub(x, r));
    d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    ptr += 64;
    at += 64;
  } while (ptr < end);
  const errors = fold(squaredError);
  const values = fold(squaredValue);
  if (!areSound(errors, values)) return false;
  const total = fold(squaredResult);
  const product = hasProduct(values, total)
    ? (values + total - errors) * 0.5
    : productOf(first, end, levels, scale);
  const most = <f64>highest(maxError);
  addSums(sums, count, <f64>scale, errors, fold(absError), most, values, total, product);
  return true;
}

/** The product of values and results, added up in float64. */
function productOf(ptr: usize, end: usize, levels: usize, scale: f32): f64 {
  let product: f64 = 0;
  for (; ptr < end; ptr += 4) {
    product += <f64>load<f32>(ptr) * <f64>(load<f32>(levels) * scale);
    levels += 4;
  }
  return product;
}
