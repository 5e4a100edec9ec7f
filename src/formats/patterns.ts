import type { TileMemory } from '../base/tile';
import { decoderFor, type Floats, floatsFor, isReal } from './decode';
import { dtypes } from './dtype';
import type { TensorEntry } from './tensorFile';

/** How often each bit pattern occurs among stored elements of 8 or 16 bits: only those that do, ascending. Plain data. */
export interface PatternCounts {
  /** Elements as stored, their bytes read as a little-endian number. */
  readonly patterns: Uint16Array;
  readonly counts: Float64Array;
}

/** Whether the elements of a tensor are few enough bits to count each pattern. */
export function isCountable({ dtype }: Pick<TensorEntry, 'dtype'>): boolean {
  const { bits } = dtypes[dtype];
  return isReal(dtype) && (bits === 8 || bits === 16);
}

/** Elements after which the counts of a kernel, which are of 32 bits, are taken. */
const mostInKernel = 2 ** 31;

/** Counts bit patterns. */
export class PatternCounter {
  readonly #bits: number;
  readonly #kernel: TileMemory | undefined;
  readonly #counts: Float64Array;
  #inKernel = 0;

  /** @param kernel counts, where there is one, for one counter at a time */
  constructor({ dtype }: Pick<TensorEntry, 'dtype'>, kernel?: TileMemory) {
    this.#bits = dtypes[dtype].bits;
    this.#kernel = kernel;
    this.#counts = new Float64Array(2 ** this.#bits);
    // What a counter that was given up has left; and its room is made before there are views of the kernels' memory.
    kernel?.takePatterns();
  }

  /** Takes stored elements. */
  add(bytes: Uint8Array): void {
    const pairs = bytes.length >> 1;
    if (!this.#kernel) countPairs(bytes, pairs, this);
    else {
      this.#kernel.countPatterns(bytes.subarray(0, 2 * pairs));
      this.#inKernel += pairs;
      if (this.#inKernel > mostInKernel) this.#takeFromKernel();
    }
    // Only bytes can be odd in number.
    if (bytes.length % 2 === 1) this.#counts[bytes.at(-1)!]!++;
  }

  /** Adds how often a pattern of two bytes occurred: an element of 16 bits, or two of 8. */
  addPair(pattern: number, count: number): void {
    if (this.#bits === 16) this.#counts[pattern]! += count;
    else {
      this.#counts[pattern & 0xff]! += count;
      this.#counts[pattern >> 8]! += count;
    }
  }

  #takeFromKernel(): void {
    this.#kernel?.takePatterns().forEach((count, pattern) => {
      if (count > 0) this.addPair(pattern, count);
    });
    this.#inKernel = 0;
  }

  /** What was counted so far. */
  get result(): PatternCounts {
    this.#takeFromKernel();
    const patterns = Uint16Array.from(this.#counts.keys()).filter(p => this.#counts[p]! > 0);
    return { patterns, counts: Float64Array.from(patterns, p => this.#counts[p]!) };
  }
}

function countPairs(bytes: Uint8Array, pairs: number, counter: PatternCounter): void {
  for (let i = 0; i < pairs; i++) counter.addPair(bytes[2 * i]! | (bytes[2 * i + 1]! << 8), 1);
}

/** Counts of parts of a tensor, added up. */
export function addPatterns(parts: readonly PatternCounts[]): PatternCounts {
  const all = new Map<number, number>();
  for (const { patterns, counts } of parts)
    for (const [i, pattern] of patterns.entries())
      all.set(pattern, (all.get(pattern) ?? 0) + counts[i]!);
  const patterns = Uint16Array.from(all.keys()).sort();
  return { patterns, counts: Float64Array.from(patterns, p => all.get(p)!) };
}

/** The values that patterns stand for, as they are decoded. */
export function valuesOf({ dtype, data }: TensorEntry, { patterns }: PatternCounts): Floats {
  if (!isReal(dtype)) throw new TypeError(`no patterns of ${dtype}`);
  const bytes = dtypes[dtype].bits === 8 ? Uint8Array.from(patterns) : littleEndian(patterns);
  const values = floatsFor(dtype, patterns.length);
  decoderFor(dtype, data.byteOrder)(bytes, 0, values);
  return values;
}

function littleEndian(patterns: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * patterns.length);
  const view = new DataView(bytes.buffer);
  for (const [i, pattern] of patterns.entries()) view.setUint16(2 * i, pattern, true);
  return bytes;
}
