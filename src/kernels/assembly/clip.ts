// Twin: src/quant/calibration/clipSearch.ts over an integer grid (x / s, half to even, zero point after).
import { fold } from './fold';

/** Bytes of the values whose losses are added up in float32; fewer where giving up soon is worth more. */
const blockBytes: usize = 1024;
const smallBlockBytes: usize = 256;

/**
 * For y^(-1/5), guessed from the bits of y: -1/5 of the exponent, by 2^-9, beside 2^23 so that an integer is left in
 * the mantissa. 1 - y * guess^5 is within 0.155 of 0.
 */
const rootMagic: f32 = 10884517;
const rootShare: f32 = 0.2 / 512;

/**
 * The losses of candidates over n finite float32: sums of |x - x^|^2, or |x - x^|^2.4. A candidate whose loss passes
 * the least one so far by `margin` (a factor above 1) is given up: its loss is then infinite.
 * @param params scale, lowest and highest code less the zero point, of each of `count` candidates: 3 float32
 * @param losses a float64 for each candidate
 * @param isPower whether the power is 2.4
 */
export function clipLosses(
  ptr: usize,
  n: i32,
  params: usize,
  count: i32,
  margin: f64,
  isPower: bool,
  losses: usize,
): void {
  let limit: f64 = f64.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const loss = lossOf(ptr, n, params, limit, isPower);
    store<f64>(losses, loss);
    limit = min(limit, loss * margin);
    params += 12;
    losses += 8;
  }
}

function lossOf(ptr: usize, n: i32, params: usize, limit: f64, isPower: bool): f64 {
  const scale = load<f32>(params);
  const low = load<f32>(params, 4);
  const high = load<f32>(params, 8);
  const end = ptr + (<usize>n << 2);
  const wholeEnd = ptr + (<usize>(n & ~15) << 2);
  const bytes = n > 1024 ? blockBytes : smallBlockBytes;
  let loss: f64 = 0;
  while (ptr < wholeEnd) {
    const next = min(ptr + bytes, wholeEnd);
    loss += isPower
      ? powersOf(ptr, next, scale, low, high)
      : squaresOf(ptr, next, scale, low, high);
    // An infinite margin never gives up.
    if (loss > limit) return f64.POSITIVE_INFINITY;
    ptr = next;
  }
  return ptr < end ? loss + lastOf(ptr, end, params, isPower) : loss;
}

// @ts-ignore: decorator
@inline
function errorOf(x: v128, s: v128, low: v128, high: v128): v128 {
  const v = f32x4.nearest(f32x4.div(x, s));
  return f32x4.sub(f32x4.mul(f32x4.pmin(f32x4.pmax(v, low), high), s), x);
}

function squaresOf(ptr: usize, end: usize, scale: f32, lowest: f32, highest: f32): f64 {
  const s = f32x4.splat(scale);
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  let sum = f32x4.splat(0);
  let more = sum;
  do {
    const a = errorOf(v128.load(ptr), s, low, high);
    const b = errorOf(v128.load(ptr, 16), s, low, high);
    const c = errorOf(v128.load(ptr, 32), s, low, high);
    const d = errorOf(v128.load(ptr, 48), s, low, high);
    sum = f32x4.add(sum, f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)));
    more = f32x4.add(more, f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d)));
    ptr += 64;
  } while (ptr < end);
  return fold(f32x4.add(sum, more));
}

/**
 * |e|^2.4 = y * y^(1/5) with y = e^2, and y^(1/5) = y * guess^4 * (1 - h)^(-4/5): a polynomial, the best of its degree
 * where h may lie, so that the power is good to 2^-20.
 */
// @ts-ignore: decorator
@inline
function powerOf(e: v128): v128 {
  const y = f32x4.mul(e, e);
  const share = f32x4.mul(f32x4.convert_i32x4_s(y), f32x4.splat(rootShare));
  const guess = i32x4.shl(f32x4.sub(f32x4.splat(rootMagic), share), 9);
  const square = f32x4.mul(guess, guess);
  const fourth = f32x4.mul(square, square);
  const h = f32x4.sub(f32x4.splat(1), f32x4.mul(f32x4.mul(y, guess), fourth));
  let series = f32x4.add(f32x4.splat(0.66021013), f32x4.mul(h, f32x4.splat(0.6351342)));
  series = f32x4.add(f32x4.splat(0.6717751), f32x4.mul(h, series));
  series = f32x4.add(f32x4.splat(0.7198029), f32x4.mul(h, series));
  series = f32x4.add(f32x4.splat(0.8000005), f32x4.mul(h, series));
  series = f32x4.add(f32x4.splat(1.0000002), f32x4.mul(h, series));
  return f32x4.mul(y, f32x4.mul(y, f32x4.mul(fourth, series)));
}

function powersOf(ptr: usize, end: usize, scale: f32, lowest: f32, highest: f32): f64 {
  const s = f32x4.splat(scale);
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  let sum = f32x4.splat(0);
  let more = sum;
  do {
    sum = f32x4.add(sum, powerOf(errorOf(v128.load(ptr), s, low, high)));
    more = f32x4.add(more, powerOf(errorOf(v128.load(ptr, 16), s, low, high)));
    sum = f32x4.add(sum, powerOf(errorOf(v128.load(ptr, 32), s, low, high)));
    more = f32x4.add(more, powerOf(errorOf(v128.load(ptr, 48), s, low, high)));
    ptr += 64;
  } while (ptr < end);
  return fold(f32x4.add(sum, more));
}

/** Room for what is left, padded with zeros, whose error is 0 unless 0 has no code. */
const rest: usize = memory.data(64, 16);

/** The last values, fewer than 16. */
function lastOf(ptr: usize, end: usize, params: usize, isPower: bool): f64 {
  const scale = load<f32>(params);
  const low = load<f32>(params, 4);
  const high = load<f32>(params, 8);
  memory.fill(rest, 0, 64);
  memory.copy(rest, ptr, end - ptr);
  return isPower
    ? powersOf(rest, rest + 64, scale, low, high)
    : squaresOf(rest, rest + 64, scale, low, high);
}
