// What quantizing did to the values of ggml's blocks. Twin: addErrors in src/quant/errorSums.ts.

/** Places of the sums, in the order of `ErrorSums`; the first is the count, the second of what was clipped: nothing. */
const squaredError: usize = 16;
const absError: usize = 24;
const maxError: usize = 32;
const squaredValue: usize = 40;
const squaredResult: usize = 48;
const product: usize = 56;
const squaredSteps: usize = 64;
const scaledCount: usize = 72;

/** The largest |e| of each lane of the sub-block measured last; NaN is passed over. */
const widest = memory.data(16, 16);

/** Float32 sums between these have lost nothing to overflow or underflow. */
const least: f32 = 7.888609052210118e-31;
const most: f32 = 1.2676506002282294e30;

/**
 * Sums of a sub-block in float32, with x^ the decoded value and e = x - x^: lanes of e^2, x^ ^2, e x^, |e|. The sums of x^2
 * and x x^ follow from them; they keep the small difference between them, on which the cosine rests. Leaves `widest`.
 */
// @ts-ignore: decorator
@inline
function measure(x: usize, results: usize, byteLength: usize): v128 {
  let max = f32x4.splat(0);
  let ee = f32x4.splat(0);
  let rr = ee;
  let er = ee;
  let magnitude = ee;
  const end = results + byteLength;
  do {
    const r = v128.load(results);
    const e = f32x4.sub(v128.load(x), r);
    const size = f32x4.abs(e);
    ee = f32x4.add(ee, f32x4.mul(e, e));
    rr = f32x4.add(rr, f32x4.mul(r, r));
    er = f32x4.add(er, f32x4.mul(e, r));
    magnitude = f32x4.add(magnitude, size);
    max = f32x4.pmax(max, size);
    x += 16;
    results += 16;
  } while (results < end);
  const a = f32x4.add(v128.shuffle<i32>(ee, rr, 0, 4, 1, 5), v128.shuffle<i32>(ee, rr, 2, 6, 3, 7));
  const b = f32x4.add(
    v128.shuffle<i32>(er, magnitude, 0, 4, 1, 5),
    v128.shuffle<i32>(er, magnitude, 2, 6, 3, 7),
  );
  const low = v128.shuffle<i32>(a, b, 0, 1, 4, 5);
  v128.store(widest, max);
  return f32x4.add(low, v128.shuffle<i32>(a, b, 2, 3, 6, 7));
}

/**
 * Whether the sums of a sub-block can be trusted: finite, far from subnormals, and with errors small beside the results, so
 * that x^2 does not come out of a cancellation. A decoded value of these types is 0 or at least 2^-24.
 */
// @ts-ignore: decorator
@inline
function isOrdinary(parts: v128): bool {
  const ee = f32x4.extract_lane(parts, 0);
  const rr = f32x4.extract_lane(parts, 1);
  const isExact = f32x4.extract_lane(parts, 3) == 0;
  return rr < most && (isExact || ee > least) && ee <= <f32>0.25 * rr;
}

/** Adds to the float64 at an address. */
// @ts-ignore: decorator
@inline
function add(at: usize, by: f64): void {
  store<f64>(at, load<f64>(at) + by);
}

/** Adds the errors of `count` values as the twin does: in float64, one by one, NaN and infinities left out. */
function addExactly(x: usize, results: usize, count: i32, scale: f64, sums: usize): void {
  for (let i = 0; i < count; i++, x += 4, results += 4) {
    const value = <f64>load<f32>(x);
    if (value - value != 0) continue;
    const result = <f64>load<f32>(results);
    const e = abs(value - result);
    add(sums, 1);
    add(sums + squaredError, e * e);
    add(sums + absError, e);
    if (e > load<f64>(sums, maxError)) store<f64>(sums, e, maxError);
    add(sums + squaredValue, value * value);
    add(sums + squaredResult, result * result);
    add(sums + product, value * result);
    const steps = e / scale;
    if (scale == 0 || steps != steps) continue;
    add(sums + squaredSteps, steps * steps);
    add(sums + scaledCount, 1);
  }
}

/** The largest of four lanes. */
function largestLane(v: v128): f64 {
  const w = f32x4.pmax(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return max<f64>(f32x4.extract_lane(w, 0), f32x4.extract_lane(w, 1));
}

/** Adds sums over whole sub-blocks. */
function addParts(sums: usize, count: i32, squares: v128, others: v128): void {
  const ee = f64x2.extract_lane(squares, 0);
  const rr = f64x2.extract_lane(squares, 1);
  const er = f64x2.extract_lane(others, 0);
  add(sums, count);
  add(sums + squaredError, ee);
  add(sums + absError, f64x2.extract_lane(others, 1));
  add(sums + squaredValue, rr + er + er + ee);
  add(sums + squaredResult, rr);
  add(sums + product, rr + er);
}

/**
 * Adds what quantizing did to values. Sums of a sub-block are float32, four lanes of at most 8 terms, and float64 beyond.
 * Each term is rounded two or three times by 2^-24 and added ten times: a sum is within 14 * 2^-24 of the twin's. Those of
 * x x^ and x^2 are made of two and of three, that may cancel to a quarter: 34 and 106 * 2^-24, less than 2^-17. The largest
 * error is within 2^-24. Infinite and NaN values are left out.
 * @param x       f32 [count]
 * @param results f32 [count]: decoded values, 0 or at least 2^-24 in magnitude
 * @param scales  f32, one for each `width` values; 0 and NaN count as none
 * @param width   16 or 32
 * @param sums    f64 [10], added to, in the order of `ErrorSums`
 */
export function ggmlErrors(
  x: usize,
  results: usize,
  scales: usize,
  count: i32,
  width: i32,
  sums: usize,
): void {
  const byteLength = <usize>width << 2;
  let largest = f32x4.splat(0);
  let squares = f64x2.splat(0);
  let others = squares;
  let steps: f64 = 0;
  let added = 0;
  let scaled = 0;
  for (; count >= width; count -= width) {
    const scale = <f64>load<f32>(scales);
    const parts = measure(x, results, byteLength);
    const ee = f32x4.extract_lane(parts, 0);
    if (isOrdinary(parts)) {
      const high = v128.shuffle<i64>(parts, parts, 1, 0);
      largest = f32x4.pmax(largest, v128.load(widest));
      squares = f64x2.add(squares, f64x2.promote_low_f32x4(parts));
      others = f64x2.add(others, f64x2.promote_low_f32x4(high));
      added += width;
      if (scale * scale > 0) {
        steps += <f64>ee / (scale * scale);
        scaled += width;
      }
    } else addExactly(x, results, width, scale, sums);
    x += byteLength;
    results += byteLength;
    scales += 4;
  }
  if (count > 0) addExactly(x, results, count, <f64>load<f32>(scales), sums);
  addParts(sums, added, squares, others);
  add(sums + squaredSteps, steps);
  add(sums + scaledCount, scaled);
  store<f64>(sums, max(load<f64>(sums, maxError), largestLane(largest)), maxError);
}
