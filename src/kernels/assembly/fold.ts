/** The lanes of float32 sums, added up in float64. */
// @ts-ignore: decorator
@inline
export function fold(lanes: v128): f64 {
  const high = v128.shuffle<i64>(lanes, lanes, 1, 0);
  const sums = f64x2.add(f64x2.promote_low_f32x4(lanes), f64x2.promote_low_f32x4(high));
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The sum of two float64 lanes. */
// @ts-ignore: decorator
@inline
export function foldWide(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

/** The sum of counts in 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function foldCounts(lanes: v128): f64 {
  const pairs = i32x4.add(lanes, v128.shuffle<i64>(lanes, lanes, 1, 0));
  return <f64>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1));
}

/** The smallest of four float32 lanes. */
// @ts-ignore: decorator
@inline
export function lowest(lanes: v128): f32 {
  const pairs = f32x4.pmin(lanes, v128.shuffle<i64>(lanes, lanes, 1, 0));
  return min(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The largest of four float32 lanes. */
// @ts-ignore: decorator
@inline
export function highest(lanes: v128): f32 {
  const pairs = f32x4.pmax(lanes, v128.shuffle<i64>(lanes, lanes, 1, 0));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Adds to the float64 at an address. */
// @ts-ignore: decorator
@inline
export function increase(address: usize, by: f64): void {
  store<f64>(address, load<f64>(address) + by);
}
