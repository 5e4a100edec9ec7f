const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Quotient of polynomials in x for log(1 + x), highest power first. */
const numerator = Float32Array.of(0.025899792, 0.38088378, 1.4800006, 2.1126776, 1, 0);
const denominator = Float32Array.of(0.0058750953, 0.15464763, 0.9864943, 2.453006, 2.6126776, 1);
const log2 = Math.fround(Math.LN2);
const sqrtHalf = Math.fround(Math.SQRT1_2);

/**
 * Natural logarithm as numpy has it for float32 on x86-64 processors with AVX2 or AVX-512: for an eighth of the numbers it
 * is not the float32 nearest to the exact one, which is enough to change what is the least of close losses.
 * Fused multiply-adds are done in float64 here and rounded once more, which alters one result in 2^28 or so.
 * @param x positive, normal float32
 * @source numpy/numpy numpy/_core/src/umath/loops_exponent_log.dispatch.c.src, simd_log_FLOAT
 */
export function logFloat32(x: number): number {
  float[0] = x;
  let exponent = (bits[0]! >>> 23) - 126;
  bits[0] = (bits[0]! & 0x7fffff) | 0x3f000000;
  let rest = float[0];
  if (rest <= sqrtHalf) {
    exponent--;
    rest += rest;
  }
  rest = Math.fround(rest - 1);
  const quotient = Math.fround(polynomial(numerator, rest) / polynomial(denominator, rest));
  return Math.fround(exponent * log2 + quotient);
}

function polynomial(coefficients: Float32Array, x: number): number {
  let sum = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) sum = Math.fround(sum * x + coefficients[i]!);
  return sum;
}
