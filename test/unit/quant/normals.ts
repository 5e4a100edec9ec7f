/**
 * Samples of N(0, 1), float32: Box-Muller in float64 over the 32-bit outputs of xorshift128, two samples from each pair.
 * @source George Marsaglia, "Xorshift RNGs" (2003)
 */
export function normals(count: number, seed: number): Float32Array {
  const uniform = xorshift(seed);
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    // Never 0, whose logarithm is infinite.
    const radius = Math.sqrt(-2 * Math.log((uniform() + 1) / 2 ** 32));
    const angle = (2 * Math.PI * uniform()) / 2 ** 32;
    samples[i] = radius * Math.cos(angle);
    if (i + 1 < count) samples[i + 1] = radius * Math.sin(angle);
  }
  return samples;
}

/** Integers of [0, 2^32). */
function xorshift(seed: number): () => number {
  let [x, y, z, w] = [seed, 362436069, 521288629, 88675123];
  const next = () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w ^= (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
  // The first outputs still show the seed.
  for (let i = 0; i < 20; i++) next();
  return next;
}
