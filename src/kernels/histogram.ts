import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';

/** Values and the edges of their bins. */
export interface Binning {
  /** Finite ones lie within the edges, both ends included. */
  readonly values: Float32Array;
  /** Ascending, at most 257: an edge belongs to the bin above it, the last one to the last bin. */
  readonly edges: Float64Array;
}

/** Shares of a bin within which a guess in float32 is looked at again. */
const doubt = 2 ** -8;
const mostBins = 256;

/** See `Kernels.histogram`. */
export function histogram(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, edges }: Binning,
): Uint32Array {
  const bins = edges.length - 1;
  if (!(bins >= 1 && bins <= mostBins)) throw new RangeError(`at most ${mostBins} bins`);
  const { length } = values;
  const address = memory.addressOf('input', values);
  const at = memory.scratch('edges', 8 * edges.length + 4 * bins);
  const counts = at + 8 * edges.length;
  memory.float64(at, edges.length).set(edges);
  memory.uint32(counts, bins).fill(0);
  const lo = edges[0]!;
  const hi = edges[bins]!;
  const perBin = bins / (hi - lo);
  const unsure = isExact(lo, hi, perBin) ? doubt : 1;
  wasm.histogram(address, length, at, bins, lo, perBin, unsure, counts);
  return memory.uint32(counts, bins);
}

/**
 * Whether a guess is off by less than `doubt`. x - lo, the product and both factors are rounded by 2^-24 of themselves,
 * together below 2^-13 of a bin; lo by 2^-24 of itself, below 2^-9 of a bin when it is at most 64 times the width.
 */
function isExact(lo: number, hi: number, perBin: number): boolean {
  const isNear = Math.abs(lo) <= 64 * (hi - lo);
  return isNear && hi - lo < 2 ** 100 && perBin < 2 ** 100;
}

/** Patterns of two bytes. */
const patterns = 65_536;

/** See `Kernels.countPatterns`. */
export function countPatterns(wasm: KernelExports, memory: KernelMemory, bytes: Uint8Array): void {
  const { length } = bytes;
  const address = memory.addressOf('input', bytes);
  wasm.countPatterns(address, length >> 1, memory.scratch('patterns', 4 * patterns));
}

/** See `Kernels.takePatterns`. */
export function takePatterns(memory: KernelMemory): Uint32Array {
  const counts = memory.uint32(memory.scratch('patterns', 4 * patterns), patterns);
  const taken = counts.slice();
  counts.fill(0);
  return taken;
}
