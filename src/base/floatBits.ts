/** Views of one float32 as its bits; shared by the functions below, which never keep anything in it. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The largest float32 below a float32 that is not NaN; below either zero lies -2^-149, below -infinity itself. */
export function nextBelow(x: number): number {
  if (x === -Infinity) return x;
  if (x === 0) return -(2 ** -149);
  float[0] = x;
  bits[0] = bits[0]! + (x > 0 ? -1 : 1);
  return float[0]!;
}

/** The largest power of two that is not above x, a float32 of at least 2^-126; 0 below that. */
export function powerOfTwoBelow(x: number): number {
  float[0] = x;
  bits[0] = bits[0]! & 0x7f800000;
  return float[0]!;
}
