// Twin: src/stats/moments.ts.
import { foldCounts, foldWide, highest, increase, lowest } from './fold';

/** Where the figures of `stats` stand in its record of float64. */
const atNan: usize = 0;
const atInfinite: usize = 8;
const atZeros: usize = 16;
const atMin: usize = 24;
const atMax: usize = 32;
const atSum: usize = 40;
const atSquares: usize = 48;

/** Values whose sums are folded together: the worst error of a sum is then that of 32 additions and of the blocks. */
const blockBytes: usize = 1024;

/**
 * Adds n float32 to a record: nan, infinite, zeros, min, max, sum of x - pivot, sum of its squares; all float64. Sums
 * are made in float64, for a spread far from zero keeps its digits only so. The sign of a zero that is min or max is
 * any.
 */
export function stats(ptr: usize, n: i32, pivot: f64, out: usize): void {
  const end = ptr + ((<usize>n) << 2);
  const wholeEnd = ptr + ((<usize>(n & ~15)) << 2);
  while (ptr < wholeEnd) {
    const next = min(ptr + blockBytes, wholeEnd);
    if (!statsBlock(ptr, next, pivot, out)) statsPlain(ptr, next, pivot, out);
    ptr = next;
  }
  statsPlain(ptr, end, pivot, out);
}

/** Values at [ptr, end), a multiple of 16 of them. False, and nothing added, when one is not finite. */
function statsBlock(ptr: usize, end: usize, pivot: f64, out: usize): bool {
  const p = f64x2.splat(pivot);
  const zero = f32x4.splat(0);
  let least = f32x4.splat(f32.MAX_VALUE);
  let most = f32x4.splat(-f32.MAX_VALUE);
  let zeros = i32x4.splat(0);
  let sumA = f64x2.splat(0);
  let sumB = sumA;
  let squaresA = sumA;
  let squaresB = sumA;
  do {
    let x = v128.load(ptr);
    let y = v128.load(ptr, 16);
    least = f32x4.pmin(least, f32x4.pmin(x, y));
    most = f32x4.pmax(most, f32x4.pmax(x, y));
    zeros = i32x4.sub(zeros, i32x4.add(f32x4.eq(x, zero), f32x4.eq(y, zero)));
    let a = f64x2.sub(f64x2.promote_low_f32x4(x), p);
    let b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0)), p);
    let c = f64x2.sub(f64x2.promote_low_f32x4(y), p);
    let d = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(y, y, 1, 0)), p);
    sumA = f64x2.add(sumA, f64x2.add(a, b));
    sumB = f64x2.add(sumB, f64x2.add(c, d));
    squaresA = f64x2.add(squaresA, f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)));
    squaresB = f64x2.add(squaresB, f64x2.add(f64x2.mul(c, c), f64x2.mul(d, d)));
    x = v128.load(ptr, 32);
    y = v128.load(ptr, 48);
    least = f32x4.pmin(least, f32x4.pmin(x, y));
    most = f32x4.pmax(most, f32x4.pmax(x, y));
    zeros = i32x4.sub(zeros, i32x4.add(f32x4.eq(x, zero), f32x4.eq(y, zero)));
    a = f64x2.sub(f64x2.promote_low_f32x4(x), p);
    b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0)), p);
    c = f64x2.sub(f64x2.promote_low_f32x4(y), p);
    d = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(y, y, 1, 0)), p);
    sumA = f64x2.add(sumA, f64x2.add(a, b));
    sumB = f64x2.add(sumB, f64x2.add(c, d));
    squaresA = f64x2.add(squaresA, f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)));
    squaresB = f64x2.add(squaresB, f64x2.add(f64x2.mul(c, c), f64x2.mul(d, d)));
    ptr += 64;
  } while (ptr < end);
  const sum = foldWide(f64x2.add(sumA, sumB));
  // Finite float32 numbers do not overflow float64; a NaN or an infinity makes the sum one.
  if (sum - sum !== 0) return false;
  store<f64>(out, min(load<f64>(out, atMin), <f64>lowest(least)), atMin);
  store<f64>(out, max(load<f64>(out, atMax), <f64>highest(most)), atMax);
  increase(out + atZeros, foldCounts(zeros));
  increase(out + atSum, sum);
  increase(out + atSquares, foldWide(f64x2.add(squaresA, squaresB)));
  return true;
}

function statsPlain(ptr: usize, end: usize, pivot: f64, out: usize): void {
  for (; ptr < end; ptr += 4) {
    const x = <f64>load<f32>(ptr);
    if (x - x !== 0) {
      increase(out + (x !== x ? atNan : atInfinite), 1);
      continue;
    }
    store<f64>(out, min(load<f64>(out, atMin), x), atMin);
    store<f64>(out, max(load<f64>(out, atMax), x), atMax);
    if (x === 0) increase(out + atZeros, 1);
    increase(out + atSum, x - pivot);
    increase(out + atSquares, (x - pivot) * (x - pivot));
  }
}

/** The first finite of n float32; NaN when there is none. */
export function firstFinite(ptr: usize, n: i32): f32 {
  const end = ptr + ((<usize>n) << 2);
  for (; ptr < end; ptr += 4) {
    const x = load<f32>(ptr);
    if (x - x === 0) return x;
  }
  return NaN;
}

/** How many of n float32 are finite and have |x| > threshold. */
export function countBeyond(ptr: usize, n: i32, threshold: f32): i32 {
  const end = ptr + ((<usize>n) << 2);
  const wholeEnd = ptr + ((<usize>(n & ~15)) << 2);
  const t = f32x4.splat(threshold);
  const infinity = f32x4.splat(f32.POSITIVE_INFINITY);
  let counts = i32x4.splat(0);
  if (ptr < wholeEnd) {
    do {
      const a = f32x4.abs(v128.load(ptr));
      const b = f32x4.abs(v128.load(ptr, 16));
      const c = f32x4.abs(v128.load(ptr, 32));
      const d = f32x4.abs(v128.load(ptr, 48));
      const ab = i32x4.add(
        v128.and(f32x4.gt(a, t), f32x4.lt(a, infinity)),
        v128.and(f32x4.gt(b, t), f32x4.lt(b, infinity)),
      );
      const cd = i32x4.add(
        v128.and(f32x4.gt(c, t), f32x4.lt(c, infinity)),
        v128.and(f32x4.gt(d, t), f32x4.lt(d, infinity)),
      );
      counts = i32x4.sub(counts, i32x4.add(ab, cd));
      ptr += 64;
    } while (ptr < wholeEnd);
  }
  let count = <i32>foldCounts(counts);
  for (; ptr < end; ptr += 4) {
    const a = abs(load<f32>(ptr));
    if (a > threshold && a < f32.POSITIVE_INFINITY) count++;
  }
  return count;
}

/**
 * Writes |x| of those of n float32 that have floor < |x| <= ceiling. Few are expected to be above floor.
 * @param ceiling finite
 * @param out room for n float32
 * @returns how many were written
 */
export function collectBetween(ptr: usize, n: i32, floor: f32, ceiling: f32, out: usize): i32 {
  const end = ptr + ((<usize>n) << 2);
  const wholeEnd = ptr + ((<usize>(n & ~15)) << 2);
  const t = f32x4.splat(floor);
  let to = out;
  if (ptr < wholeEnd) {
    do {
      const ab = v128.or(
        f32x4.gt(f32x4.abs(v128.load(ptr)), t),
        f32x4.gt(f32x4.abs(v128.load(ptr, 16)), t),
      );
      const cd = v128.or(
        f32x4.gt(f32x4.abs(v128.load(ptr, 32)), t),
        f32x4.gt(f32x4.abs(v128.load(ptr, 48)), t),
      );
      if (v128.any_true(v128.or(ab, cd))) to = collectPlain(ptr, ptr + 64, floor, ceiling, to);
      ptr += 64;
    } while (ptr < wholeEnd);
  }
  return <i32>((collectPlain(ptr, end, floor, ceiling, to) - out) >> 2);
}

/** @returns where the next one is to be written */
function collectPlain(ptr: usize, end: usize, floor: f32, ceiling: f32, to: usize): usize {
  for (; ptr < end; ptr += 4) {
    const a = abs(load<f32>(ptr));
    // Written in any case, for a branch would often be guessed wrong: there is room, up to as many as were read.
    store<f32>(to, a);
    to += (<usize>(u32(a > floor) & u32(a <= ceiling))) << 2;
  }
  return to;
}
