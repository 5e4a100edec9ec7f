// Integer grids: twins src/quant/grids/integer.ts (integerRule) and integerCodec.ts (x / s, half to even, zero point after).
// All quotients, codes and results are the twins' own: a quotient or product of float32 that is rounded to float32 once.
import { countOne } from './counts';
import { beginCounts, countGathered, gather, roomForCodes } from './gathered';
import { addClipped, addOne, addSums, areSound, blockBytes, hasProduct, isUsual } from './errors';
import { fold, foldCounts, highest } from './fold';
import { findRange, hi, lo, stored, storeParams } from './range';

/** The grid of this call, and where its results go; `counts` may be 0 for none. */
let qmin: i32 = 0;
let qmax: i32 = 0;
let sums: usize = 0;
let counts: usize = 0;

function begin(lowest: i32, highest: i32, sumsTo: usize, countsTo: usize): void {
  qmin = lowest;
  qmax = highest;
  sums = sumsTo;
  counts = countsTo;
  beginCounts();
}

function finish(): void {
  if (counts !== 0) countGathered(qmax - qmin + 1, counts);
}

/**
 * Quantizes n float32 in segments of `width`, the last of which may be short.
 * @param steps of a symmetric grid what absmax is divided by, else 0: qmax - qmin is taken, over the range widened to
 * hold 0
 * @param zero the zero point of a symmetric grid
 * @param params four arrays of float32, one behind the other, an element for each segment: see `storeParams`
 * @param sums record of errors.ts, added to
 * @param counts a u32 for each code, added to
 */
export function affineSegments(
  ptr: usize,
  n: i32,
  width: i32,
  lowestCode: i32,
  highestCode: i32,
  steps: f64,
  zero: i32,
  params: usize,
  sumsTo: usize,
  countsTo: usize,
): void {
  begin(lowestCode, highestCode, sumsTo, countsTo);
  const end = ptr + (<usize>n << 2);
  const bytes = <usize>width << 2;
  const stride = <usize>((n + width - 1) / width) << 2;
  while (ptr < end) {
    const next = min(ptr + bytes, end);
    findRange(ptr, next);
    const scale = steps > 0 ? symmetricScale(steps) : asymmetricScale();
    const zeroPoint = steps > 0 ? zero : asymmetricZero(scale);
    storeParams(params, stride, scale, <f32>zeroPoint);
    quantize(ptr, next, scale, zeroPoint);
    params += 4;
    ptr = next;
  }
  finish();
}

/** Quantizes n float32 by a scale, positive and finite, and a zero point below 2^22; see `affineSegments`. */
export function affineApply(
  ptr: usize,
  n: i32,
  scale: f32,
  zeroPoint: i32,
  lowestCode: i32,
  highestCode: i32,
  sumsTo: usize,
  countsTo: usize,
): void {
  begin(lowestCode, highestCode, sumsTo, countsTo);
  quantize(ptr, ptr + (<usize>n << 2), scale, zeroPoint);
  finish();
}

function symmetricScale(steps: f64): f32 {
  return stored(<f64>max(abs(lo), abs(hi)) / steps);
}

function asymmetricScale(): f32 {
  const low = min(<f64>lo, 0);
  const high = max(<f64>hi, 0);
  return low === 0 && high === 0 ? 1 : stored((high - low) / <f64>(qmax - qmin));
}

function asymmetricZero(scale: f32): i32 {
  const low = min(lo, 0);
  if (low === 0 && hi <= 0) return 0;
  const exact = <f64>qmin + <f64>nearest(-low / scale);
  return <i32>min(max(exact, <f64>qmin), <f64>qmax);
}

function quantize(ptr: usize, end: usize, scale: f32, zeroPoint: i32): void {
  const wholeEnd = ptr + ((end - ptr) & ~63);
  if (isUsual(scale))
    while (ptr < wholeEnd) {
      const next = min(ptr + blockBytes, wholeEnd);
      const isDone =
        counts === 0
          ? quantizeBlock(ptr, next, scale, zeroPoint)
          : quantizeCounted(ptr, next, scale, zeroPoint);
      if (!isDone) quantizePlain(ptr, next, scale, zeroPoint);
      ptr = next;
    }
  quantizePlain(ptr, end, scale, zeroPoint);
}

/** As the twin does it; also what the last few values of a segment go through. */
function quantizePlain(ptr: usize, end: usize, scale: f32, zeroPoint: i32): void {
  const low = <f32>(qmin - zeroPoint);
  const high = <f32>(qmax - zeroPoint);
  for (; ptr < end; ptr += 4) {
    const x = load<f32>(ptr);
    if (x - x !== 0) continue;
    const v = nearest(x / scale);
    const steps = min(max(v, low), high);
    if (steps !== v) addClipped(sums, 1);
    addOne(sums, <f64>x, <f64>(steps * scale), <f64>scale);
    if (counts !== 0) countOne(counts, <i32>(steps - low));
  }
}

// @ts-ignore: decorator
@inline
function stepsOf(x: v128, scale: v128): v128 {
  return f32x4.nearest(f32x4.div(x, scale));
}

// @ts-ignore: decorator
@inline
function clamped(v: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, low), high);
}

/** Eight codes in 16 bits each, counted from the lowest: the mantissa's last bits beside 2^23. */
// @ts-ignore: decorator
@inline
function codesOf(k: v128, l: v128, unit: v128): v128 {
  const mask = i32x4.splat(0xff);
  const a = v128.and(f32x4.add(k, unit), mask);
  const b = v128.and(f32x4.add(l, unit), mask);
  return i16x8.narrow_i32x4_s(a, b);
}

/**
 * Values at [ptr, end), a multiple of 16 of at most a block, codes not counted. False, and nothing added, where float32
 * sums cannot be trusted.
 */
function quantizeBlock(ptr: usize, end: usize, scale: f32, zeroPoint: i32): bool {
  const first = ptr;
  const s = f32x4.splat(scale);
  const low = f32x4.splat(<f32>(qmin - zeroPoint));
  const high = f32x4.splat(<f32>(qmax - zeroPoint));
  let clipped = i32x4.splat(0);
  let squaredError = f32x4.splat(0);
  let absError = squaredError;
  let maxError = squaredError;
  let squaredValue = squaredError;
  let squaredResult = squaredError;
  do {
    let x = v128.load(ptr);
    let y = v128.load(ptr, 16);
    let v = stepsOf(x, s);
    let w = stepsOf(y, s);
    let k = clamped(v, low, high);
    let l = clamped(w, low, high);
    clipped = i32x4.sub(clipped, i32x4.add(f32x4.ne(k, v), f32x4.ne(l, w)));
    let r = f32x4.mul(k, s);
    let q = f32x4.mul(l, s);
    let e = f32x4.abs(f32x4.sub(x, r));
    let d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    x = v128.load(ptr, 32);
    y = v128.load(ptr, 48);
    v = stepsOf(x, s);
    w = stepsOf(y, s);
    k = clamped(v, low, high);
    l = clamped(w, low, high);
    clipped = i32x4.sub(clipped, i32x4.add(f32x4.ne(k, v), f32x4.ne(l, w)));
    r = f32x4.mul(k, s);
    q = f32x4.mul(l, s);
    e = f32x4.abs(f32x4.sub(x, r));
    d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    ptr += 64;
  } while (ptr < end);
  if (!addLanes(first, end, scale, zeroPoint, squaredError, absError, maxError, squaredValue, squaredResult))
    return false;
  addClipped(sums, foldCounts(clipped));
  return true;
}

/** The same with codes counted. */
function quantizeCounted(ptr: usize, end: usize, scale: f32, zeroPoint: i32): bool {
  const first = ptr;
  const s = f32x4.splat(scale);
  const low = f32x4.splat(<f32>(qmin - zeroPoint));
  const high = f32x4.splat(<f32>(qmax - zeroPoint));
  const unit = f32x4.splat(<f32>(<i32>8388608 + zeroPoint - qmin));
  let at = roomForCodes(qmax - qmin + 1, counts);
  let clipped = i32x4.splat(0);
  let squaredError = f32x4.splat(0);
  let absError = squaredError;
  let maxError = squaredError;
  let squaredValue = squaredError;
  let squaredResult = squaredError;
  do {
    let x = v128.load(ptr);
    let y = v128.load(ptr, 16);
    let v = stepsOf(x, s);
    let w = stepsOf(y, s);
    let k = clamped(v, low, high);
    let l = clamped(w, low, high);
    clipped = i32x4.sub(clipped, i32x4.add(f32x4.ne(k, v), f32x4.ne(l, w)));
    const ab = codesOf(k, l, unit);
    let r = f32x4.mul(k, s);
    let q = f32x4.mul(l, s);
    let e = f32x4.abs(f32x4.sub(x, r));
    let d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    x = v128.load(ptr, 32);
    y = v128.load(ptr, 48);
    v = stepsOf(x, s);
    w = stepsOf(y, s);
    k = clamped(v, low, high);
    l = clamped(w, low, high);
    clipped = i32x4.sub(clipped, i32x4.add(f32x4.ne(k, v), f32x4.ne(l, w)));
    const cd = codesOf(k, l, unit);
    r = f32x4.mul(k, s);
    q = f32x4.mul(l, s);
    e = f32x4.abs(f32x4.sub(x, r));
    d = f32x4.abs(f32x4.sub(y, q));
    squaredError = f32x4.add(squaredError, f32x4.add(f32x4.mul(e, e), f32x4.mul(d, d)));
    absError = f32x4.add(absError, f32x4.add(e, d));
    maxError = f32x4.pmax(maxError, f32x4.pmax(e, d));
    squaredValue = f32x4.add(squaredValue, f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)));
    squaredResult = f32x4.add(squaredResult, f32x4.add(f32x4.mul(r, r), f32x4.mul(q, q)));
    v128.store(at, i8x16.narrow_i16x8_u(ab, cd));
    at += 16;
    ptr += 64;
  } while (ptr < end);
  if (!addLanes(first, end, scale, zeroPoint, squaredError, absError, maxError, squaredValue, squaredResult))
    return false;
  addClipped(sums, foldCounts(clipped));
  gather((end - first) >> 2);
  return true;
}

/** Folds a block's sums, if they can be trusted. */
function addLanes(
  ptr: usize,
  end: usize,
  scale: f32,
  zeroPoint: i32,
  squaredError: v128,
  absError: v128,
  maxError: v128,
  squaredValue: v128,
  squaredResult: v128,
): bool {
  const errors = fold(squaredError);
  const values = fold(squaredValue);
  if (!areSound(errors, values)) return false;
  const results = fold(squaredResult);
  const product = hasProduct(values, results)
    ? (values + results - errors) * 0.5
    : productOf(ptr, end, scale, zeroPoint);
  const count = <f64>((end - ptr) >> 2);
  const most = <f64>highest(maxError);
  addSums(sums, count, <f64>scale, errors, fold(absError), most, values, results, product);
  return true;
}

/** The product of values and results, made again and added up in float64. */
function productOf(ptr: usize, end: usize, scale: f32, zeroPoint: i32): f64 {
  const low = <f32>(qmin - zeroPoint);
  const high = <f32>(qmax - zeroPoint);
  let product: f64 = 0;
  for (; ptr < end; ptr += 4) {
    const x = load<f32>(ptr);
    const steps = min(max(nearest(x / scale), low), high);
    product += <f64>x * <f64>(steps * scale);
  }
  return product;
}
