import { readHalf } from './packing';

/** What formats share whose values are vectors of a grid, with a sign for each value. */
export interface SignedVectors {
  /** Vectors one after another: each value as the number of its magnitude. */
  readonly grid: Uint8Array;
  /** Values of a vector: 4 or 8. */
  readonly length: number;
  /** Of magnitudes. */
  readonly count: number;
}

/** Levels of both signs, ascending. */
export function signedLevels(magnitudes: readonly number[]): Float32Array {
  return Float32Array.from([...magnitudes.toReversed().map(m => -m), ...magnitudes]);
}

/**
 * Writes the codes of a vector: numbers of `signedLevels`.
 * @param vector its number in the grid
 * @param signs  bit i is set where value i is negative
 * @param to     where the first code goes
 */
export function putVector(
  { grid, length, count }: SignedVectors,
  { vector, signs }: { readonly vector: number; readonly signs: number },
  codes: Int32Array,
  to: number,
): void {
  const from = vector * length;
  for (let i = 0; i < length; i++) {
    const magnitude = grid[from + i]!;
    codes[to + i] = (signs >> i) & 1 ? count - 1 - magnitude : count + magnitude;
  }
}

/** Eight signs of seven stored bits: the eighth makes the number of negative values even. */
export function evenSigns(seven: number): number {
  let parity = seven ^ (seven >> 4);
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return seven | ((parity & 1) << 7);
}

/** What all blocks of such vectors have: 256 weights and f16 d at byte 0. */
export const vectorBlock = {
  blockSize: 256,
  first: 0,
  zero: 0,
  asymmetric: false,
  readSuper(block: Uint8Array, pair: Float32Array) {
    pair[0] = readHalf(block, 0);
  },
};
