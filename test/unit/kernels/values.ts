/** Numbers of [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Values about as weights are: a bell, and a few far from it. */
export function weights(length: number, seed: number, scale = 0.05): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length }, () => {
    const bell = random() + random() + random() + random() - 2;
    return bell * scale * (random() < 0.01 ? 8 : 1);
  });
}

/** Float32 numbers of any bits: NaN of all kinds, infinities, zeros of both signs, subnormals, all exponents. */
export function anyBits(length: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const bits = Uint32Array.from({ length }, () => random() * 2 ** 32);
  for (let i = 0; i < length; i += 7) bits[i] = special[(random() * special.length) | 0]!;
  return new Float32Array(bits.buffer);
}

const special = [
  0, 0x80000000, 1, 0x80000001, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f7fffff,
  0x00800000, 0x3f800000,
] as const;

/** Values with a few that are not finite. */
export function withSpecials(values: Float32Array, seed: number): Float32Array {
  const random = randomFrom(seed);
  const marks = [NaN, Infinity, -Infinity, 0, -0, 1e-42];
  return values.map(x => (random() < 0.01 ? marks[(random() * marks.length) | 0]! : x));
}

/** Lengths about which loops and blocks end. */
export const lengths: readonly number[] = [
  ...Array.from({ length: 34 }, (_, i) => i),
  ...[47, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 271, 272, 300, 511, 512, 1000, 4099],
];
