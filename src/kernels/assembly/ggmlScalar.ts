// What ggml's quantizers do once a block, as in src/quant/ggml/rounding.ts and packing.ts.

/** 1.5 * 2^23: adding it leaves a number below 2^22 in the mantissa, rounded, a tie to the even one. */
export const magic: f32 = 12582912;

/** Nearest integer from the bits of v + 1.5 * 2^23, so that what is out of range gives what it gives in ggml. */
// @ts-ignore: decorator
@inline
export function nearestInt(v: f32): i32 {
  return (reinterpret<i32>(v + magic) & 0x7fffff) - 0x400000;
}

/** The same in lanes, limited to [0, top], as floats. */
// @ts-ignore: decorator
@inline
export function nearestCodes(v: v128, top: v128): v128 {
  const bits = v128.and(f32x4.add(v, f32x4.splat(magic)), i32x4.splat(0x7fffff));
  const q = i32x4.sub(bits, i32x4.splat(0x400000));
  return i32x4.min_s(i32x4.max_s(q, i32x4.splat(0)), top);
}

/** Writes the float16 nearest to x; a NaN as x86 makes it, its sign set. */
export function writeHalf(at: usize, x: f32): void {
  store<u16>(at, <u16>(x != x ? 0xfe00 : toHalf(x)));
}

/** The float16 nearest to a number, a tie to the even one, beyond 65520 infinity. */
function toHalf(x: f32): u32 {
  const b = reinterpret<u32>(x);
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  // A subnormal's code is |x| * 2^24; adding 2^23 makes the processor round it.
  const shifted = reinterpret<f32>(magnitude) * <f32>16777216 + <f32>8388608;
  return sign | (reinterpret<u32>(shifted) & 0x7ff);
}

/** The value of the float16 at an address. */
export function readHalf(at: usize): f32 {
  const half = <u32>load<u16>(at);
  const sign = (half & 0x8000) << 16;
  const exponent = half & 0x7c00;
  const mantissa = half & 0x3ff;
  if (exponent == 0) {
    return reinterpret<f32>(reinterpret<u32>(<f32>mantissa * <f32>5.9604644775390625e-8) | sign);
  }
  const bias: u32 = exponent == 0x7c00 ? 0x70000000 : 0x38000000;
  return reinterpret<f32>(sign | ((exponent << 13) + bias) | (mantissa << 13));
}

/** 1 / d, and 0 for 0. */
// @ts-ignore: decorator
@inline
export function inverse(d: f32): f32 {
  return d == 0 ? 0 : <f32>1 / d;
}

/** The 16 low bytes of four vectors of four integers of 0..255. */
// @ts-ignore: decorator
@inline
export function bytesOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}
