import { highest, lowest } from './fold';

/** The range that `findRange` found; the sign of a zero is that of the first. */
export let lo: f32 = 0;
export let hi: f32 = 0;

/** From the smallest to the largest finite float32 at [ptr, end); [0, 0] when there is none. */
export function findRange(ptr: usize, end: usize): void {
  const wholeEnd = ptr + ((end - ptr) & ~63);
  let least = f32x4.splat(f32.POSITIVE_INFINITY);
  let most = f32x4.splat(f32.NEGATIVE_INFINITY);
  let at = ptr;
  if (at < wholeEnd) {
    do {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      const d = v128.load(at, 48);
      // The second operand stays where the first is NaN.
      least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, a), b), c), d);
      most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, a), b), c), d);
      at += 64;
    } while (at < wholeEnd);
  }
  lo = lowest(least);
  hi = highest(most);
  // An infinity hides what is finite.
  if (lo === f32.NEGATIVE_INFINITY || hi === f32.POSITIVE_INFINITY) {
    lo = f32.POSITIVE_INFINITY;
    hi = f32.NEGATIVE_INFINITY;
    at = ptr;
  }
  for (; at < end; at += 4) {
    const x = load<f32>(at);
    if (x - x !== 0) continue;
    if (x < lo) lo = x;
    if (x > hi) hi = x;
  }
  if (lo > hi) lo = hi = 0;
  else if (lo === 0 || hi === 0) signZero(ptr);
}

function signZero(ptr: usize): void {
  while (load<f32>(ptr) !== 0) ptr += 4;
  const zero = load<f32>(ptr);
  if (lo === 0) lo = zero;
  if (hi === 0) hi = zero;
}

/** A scale as float32 has it; never 0, never infinite. */
export function stored(exact: f64): f32 {
  const scale = min(<f32>exact, f32.MAX_VALUE);
  return scale === 0 ? 1 : scale;
}

/** Stores a segment's scale, zero point, lowest and highest value in four arrays that lie `stride` bytes apart. */
export function storeParams(at: usize, stride: usize, scale: f32, zeroPoint: f32): void {
  store<f32>(at, scale);
  store<f32>(at + stride, zeroPoint);
  store<f32>(at + 2 * stride, lo);
  store<f32>(at + 3 * stride, hi);
}

/** Stores the smallest and largest of n float32; false when one of them is not finite. */
export function finiteRange(ptr: usize, n: i32, to: usize): bool {
  const end = ptr + (<usize>n << 2);
  findRange(ptr, end);
  store<f32>(to, lo);
  store<f32>(to, hi, 4);
  let sum = f32x4.splat(0);
  const wholeEnd = ptr + (<usize>(n & ~3) << 2);
  // x * 0 is 0, or NaN where x is not finite.
  for (; ptr < wholeEnd; ptr += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(ptr), f32x4.splat(0)));
  let isFinite = i32x4.all_true(f32x4.eq(sum, sum));
  for (; ptr < end; ptr += 4) isFinite = isFinite && load<f32>(ptr) - load<f32>(ptr) === 0;
  return isFinite;
}
