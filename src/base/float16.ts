/** Views of one float32 as its bits; shared by the conversions below, which never keep anything in it. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The float16 nearest to x as its 16 bits, a tie to the even one; beyond 65520 infinity, a NaN stays one (0x7e00).
 * @param x rounded to float32 first
 * @source IEEE 754-2019, binary16
 */
export function toFloat16(x: number): number {
  float[0] = x;
  const b = bits[0]!;
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: drop 13 bits of the mantissa; a carry into the exponent is what rounding up to a power of two is.
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  // Subnormal: |x| * 2^24 is the code; adding 2^23 makes the FPU round it to an integer, half to even.
  float[0] = Math.fround(Math.abs(float[0]!) * 2 ** 24) + 2 ** 23;
  return sign | (bits[0]! & 0x7ff);
}

/** The value of 16 bits of float16. */
export function fromFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = half & 0x7c00;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign === 0 ? mantissa * 2 ** -24 : mantissa * -(2 ** -24);
  // The bias is 112 more in float32; infinities and NaN keep the highest exponent.
  bits[0] =
    sign | ((exponent << 13) + (exponent === 0x7c00 ? 0x70000000 : 0x38000000)) | (mantissa << 13);
  return float[0]!;
}

/** The bfloat16 nearest to x as its 16 bits, a tie to the even one; a NaN stays one. */
export function toBFloat16(x: number): number {
  float[0] = x;
  const b = bits[0]!;
  if ((b & 0x7fffffff) > 0x7f800000) return (b >>> 16) | 0x40;
  return (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
}

/** The value of 16 bits of bfloat16. */
export function fromBFloat16(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}
