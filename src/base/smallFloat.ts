/** The layout of a float of up to 16 bits: sign, exponent and mantissa, highest bit first. */
export interface SmallFloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * What the codes at the edges stand for. `ieee`: the highest exponent is infinity and NaN; `fn`: only all ones is NaN;
   * `fnuz`: only the code of -0 is NaN.
   */
  readonly special: 'none' | 'ieee' | 'fn' | 'fnuz';
}

/**
 * The layouts in use.
 * @source OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0; jax-ml/ml_dtypes for FNUZ
 */
export const smallFloats = {
  e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, special: 'none' },
  e2m3: { exponentBits: 2, mantissaBits: 3, bias: 1, special: 'none' },
  e3m2: { exponentBits: 3, mantissaBits: 2, bias: 3, special: 'none' },
  e4m3: { exponentBits: 4, mantissaBits: 3, bias: 7, special: 'fn' },
  e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, special: 'ieee' },
  e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, special: 'fnuz' },
  e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, special: 'fnuz' },
  binary16: { exponentBits: 5, mantissaBits: 10, bias: 15, special: 'ieee' },
} as const satisfies Record<string, SmallFloat>;

/** All values of a small float by code: 2^(1-bias) M/2^m for exponent 0, else 2^(E-bias) (1 + M/2^m). */
export function smallFloatTable(layout: SmallFloat): Float32Array {
  const { exponentBits, mantissaBits, bias, special } = layout;
  const magnitudes = 2 ** (exponentBits + mantissaBits);
  const table = new Float32Array(2 * magnitudes);
  for (let code = 0; code < magnitudes; code++) {
    const exponent = code >> mantissaBits;
    const fraction = (code % 2 ** mantissaBits) / 2 ** mantissaBits;
    const isTop = exponent === 2 ** exponentBits - 1;
    let value =
      exponent === 0 ? 2 ** (1 - bias) * fraction : 2 ** (exponent - bias) * (1 + fraction);
    if (special === 'ieee' && isTop) value = fraction === 0 ? Infinity : Number.NaN;
    if (special === 'fn' && code === magnitudes - 1) value = Number.NaN;
    table[code] = value;
    table[code + magnitudes] = -value;
  }
  if (special === 'fnuz') table[magnitudes] = Number.NaN;
  return table;
}
