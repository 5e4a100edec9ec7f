// What the kernels that decode ggml's blocks share.
import { binary16 } from './widen';

/** A little-endian float16, in all lanes. */
// @ts-ignore: decorator
@inline
export function half(at: usize): v128 {
  return binary16(i32x4.splat(load<u16>(at)));
}

/** Four 32-bit integers times a scale. */
// @ts-ignore: decorator
@inline
export function scaled(codes: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(codes), scale);
}

/** Sixteen signed bytes times a scale. */
// @ts-ignore: decorator
@inline
export function scaleBytes(codes: v128, scale: v128, to: usize): void {
  const low = i16x8.extend_low_i8x16_s(codes);
  const high = i16x8.extend_high_i8x16_s(codes);
  v128.store(to, scaled(i32x4.extend_low_i16x8_s(low), scale));
  v128.store(to, scaled(i32x4.extend_high_i16x8_s(low), scale), 16);
  v128.store(to, scaled(i32x4.extend_low_i16x8_s(high), scale), 32);
  v128.store(to, scaled(i32x4.extend_high_i16x8_s(high), scale), 48);
}

/** Four 32-bit integers times a scale, less a minimum. */
// @ts-ignore: decorator
@inline
function onLine(codes: v128, scale: v128, min: v128): v128 {
  return f32x4.sub(scaled(codes, scale), min);
}

/** Sixteen bytes times a scale, less a minimum. */
// @ts-ignore: decorator
@inline
export function lineBytes(codes: v128, scale: v128, min: v128, to: usize): void {
  const low = i16x8.extend_low_i8x16_u(codes);
  const high = i16x8.extend_high_i8x16_u(codes);
  v128.store(to, onLine(i32x4.extend_low_i16x8_u(low), scale, min));
  v128.store(to, onLine(i32x4.extend_high_i16x8_u(low), scale, min), 16);
  v128.store(to, onLine(i32x4.extend_low_i16x8_u(high), scale, min), 32);
  v128.store(to, onLine(i32x4.extend_high_i16x8_u(high), scale, min), 48);
}

/** The low nibbles of sixteen bytes. */
// @ts-ignore: decorator
@inline
export function lowNibbles(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

/** The high ones. */
// @ts-ignore: decorator
@inline
export function highNibbles(bytes: v128): v128 {
  return i8x16.shr_u(bytes, 4);
}

/** Values of the 4-bit codebook of IQ4. */
// @ts-ignore: decorator
@inline
export function iq4Levels(): v128 {
  return i8x16(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);
}
