const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * Nearest integer, a tie to the even one, by ggml's own trick: adding 1.5 * 2^23 leaves it in the mantissa. Taken from
 * the bits, so that NaN (0), infinities and whatever lies beyond +-2^22 give what they give in ggml.
 * @param v a float32 number
 * @source ggml-org/ggml src/ggml-quants.c, nearest_int
 */
export function nearestInt(v: number): number {
  float[0] = v + 12582912;
  return (bits[0]! & 0x7fffff) - 0x400000;
}

/**
 * Nearest integer, a tie away from zero. NaN and infinities give 0, as x86's conversion to a narrow integer does.
 * @param v a float32 number below 2^31, so that adding a half is exact
 * @source C99, roundf
 */
export function roundAway(v: number): number {
  return (v < 0 ? v - 0.5 : v + 0.5) | 0;
}

/** 1 / d in float32, and 0 for 0. */
export function inverse(d: number): number {
  return d === 0 ? 0 : Math.fround(1 / d);
}

/** The value with the largest magnitude, its sign kept, the first of equals; 0 when all are zero. */
export function extreme(x: Float32Array): number {
  let value = 0;
  let absMax = 0;
  for (let i = 0; i < x.length; i++) {
    const a = Math.abs(x[i]!);
    if (a > absMax) {
      absMax = a;
      value = x[i]!;
    }
  }
  return value;
}

/** Smallest and largest value, the first of equals: 0 and -0 differ once stored. */
export function extent(x: Float32Array): { readonly min: number; readonly max: number } {
  let min = x[0]!;
  let max = min;
  for (let i = 1; i < x.length; i++) {
    const v = x[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return { min, max };
}
