import { fromFloat16, toFloat16 } from '../../base/float16';

/**
 * Where some bits of every number of a block lie. A byte holds the fields of 8 / bits numbers that stand `span` apart:
 * in a run of 8 / bits * span numbers, number e has its field in byte e % span, at bit bits * floor(e / span). Runs follow
 * each other from byte `at`.
 */
export interface Plane {
  readonly at: number;
  readonly bits: number;
  readonly span: number;
  /** The field is bits [shift, shift + bits) of the number. */
  readonly shift: number;
}

/**
 * Writes numbers into planes.
 * @param numbers a whole number of runs of each plane; bits that no plane takes are dropped
 * @param block   zero where the planes lie
 */
export function pack(planes: readonly Plane[], numbers: Int32Array, block: Uint8Array): void {
  for (const { at, bits, span, shift } of planes) {
    const mask = (1 << bits) - 1;
    let i = 0;
    for (let start = at; i < numbers.length; start += span) {
      for (let bit = 0; bit < 8; bit += bits) {
        for (let b = start; b < start + span; b++) {
          block[b]! |= ((numbers[i++]! >> shift) & mask) << bit;
        }
      }
    }
  }
}

/** Reads numbers from planes: what `pack` wrote, without sign. */
export function unpack(planes: readonly Plane[], block: Uint8Array, numbers: Int32Array): void {
  numbers.fill(0);
  for (const { at, bits, span, shift } of planes) {
    const mask = (1 << bits) - 1;
    let i = 0;
    for (let start = at; i < numbers.length; start += span) {
      for (let bit = 0; bit < 8; bit += bits) {
        for (let b = start; b < start + span; b++) {
          numbers[i++]! |= ((block[b]! >> bit) & mask) << shift;
        }
      }
    }
  }
}

/** The little-endian float16 at byte `at`. */
export function readHalf(block: Uint8Array, at: number): number {
  return fromFloat16(block[at]! | (block[at + 1]! << 8));
}

/** The little-endian 32-bit word at byte `at`, as a signed number. */
export function readWord(block: Uint8Array, at: number): number {
  return block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24);
}

/** The NaN that x86 makes of infinity / infinity has its sign set, and ggml's conversion keeps the sign. */
const x86NaN = 0xfe00;

/** Writes `x` as a little-endian float16 at byte `at`; from 65520 on it becomes infinite, as in ggml. */
export function writeHalf(block: Uint8Array, at: number, x: number): void {
  const half = Number.isNaN(x) ? x86NaN : toFloat16(x);
  block[at] = half;
  block[at + 1] = half >> 8;
}
