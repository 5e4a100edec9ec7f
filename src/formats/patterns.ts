import type { TileMemory } from '../base/tile';
import { decoderFor, type Floats, floatsFor, isReal } from './decode';
import { dtypeInfo } from './dtype';
import type { TensorEntry } from './tensorFile';

/** How often each bit pattern occurs among stored elements of 8 or 16 bits: only those that do, ascending. Plain data. */
export interface PatternCounts {
  /** Elements as stored, their bytes read as a little-endian number. */
  readonly patterns: Uint16Array;
  readonly counts: Float64Array;
}

/** Whether the elements of a tensor are few enough bits to count each pattern. */
export function isCountable({ dtype }: Pick<TensorEntry, 'dtype'>): boolean {
  const { bits } = dtypeInfo(dtype);
  return isReal(dtype) && (bits === 8 || bits === 16);
}

/** How often each pattern occurs, by the pattern: 256 or 65 536 of them. Plain data. */
export type EachPattern = Uint32Array | Float64Array;

/** Elements after which the counts of a kernel, which are of 32 bits, are taken. */
const mostInKernel = 2 ** 31;

/** Counts bit patterns. */
export class PatternCounter {
  readonly #bits: number;
  readonly #kernel: TileMemory | undefined;
  #counts: EachPattern | undefined;
  #inKernel = 0;

  /** @param kernel counts, where there is one, for one counter at a time */
  constructor({ dtype }: Pick<TensorEntry, 'dtype'>, kernel?: TileMemory) {
    this.#bits = dtypeInfo(dtype).bits;
    this.#kernel = kernel;
    // What a counter that was given up has left; and its room is made before there are views of the kernels' memory.
    kernel?.takePatterns();
  }

  /** Takes stored elements. */
  add(bytes: Uint8Array): void {
    const pairs = bytes.length >> 1;
    if (!this.#kernel) this.#countPairs(bytes, pairs);
    else {
      this.#kernel.countPatterns(bytes.subarray(0, 2 * pairs));
      this.#inKernel += pairs;
      if (this.#inKernel > mostInKernel) this.#takeFromKernel();
    }
    // Only bytes can be odd in number.
    if (bytes.length % 2 === 1) this.#own[bytes.at(-1)!]!++;
  }

  /** Counts that do not overflow. */
  get #own(): Float64Array {
    if (!(this.#counts instanceof Float64Array))
      this.#counts = this.#counts
        ? Float64Array.from(this.#counts)
        : new Float64Array(2 ** this.#bits);
    return this.#counts;
  }

  #countPairs(bytes: Uint8Array, pairs: number): void {
    const own = this.#own;
    if (this.#bits === 8) for (let i = 0; i < 2 * pairs; i++) own[bytes[i]!]!++;
    else for (let i = 0; i < 2 * pairs; i += 2) own[bytes[i]! | (bytes[i + 1]! << 8)]!++;
  }

  #takeFromKernel(): void {
    if (this.#inKernel === 0) return;
    this.#inKernel = 0;
    const taken = this.#kernel!.takePatterns();
    // As a rule the first counts are all: they are handed on as they are, without a look at each.
    if (this.#bits === 16 && !this.#counts) this.#counts = taken;
    else addPairs(this.#own, taken, this.#bits);
  }

  /** What was counted so far. */
  get counts(): EachPattern {
    this.#takeFromKernel();
    return this.#counts ?? this.#own;
  }
}

/** Adds how often pairs of bytes occurred: each an element of 16 bits, or two of 8. */
function addPairs(counts: Float64Array, pairs: Uint32Array, bits: number): void {
  for (let pair = 0; pair < pairs.length; pair++) {
    const count = pairs[pair]!;
    if (count === 0) continue;
    if (bits === 16) counts[pair]! += count;
    else {
      counts[pair & 0xff]! += count;
      counts[pair >> 8]! += count;
    }
  }
}

/** The patterns that occur in parts of a tensor, with their counts added up. */
export function occurring(parts: readonly EachPattern[]): PatternCounts {
  const sums = Float64Array.from(parts[0] ?? []);
  for (const part of parts.slice(1))
    for (let pattern = 0; pattern < part.length; pattern++) sums[pattern]! += part[pattern]!;
  const patterns = new Uint16Array(sums.length);
  let length = 0;
  for (let pattern = 0; pattern < sums.length; pattern++)
    if (sums[pattern]! > 0) patterns[length++] = pattern;
  const found = patterns.slice(0, length);
  return { patterns: found, counts: Float64Array.from(found, pattern => sums[pattern]!) };
}

/** The values that patterns stand for, as they are decoded. */
export function valuesOf({ dtype, data }: TensorEntry, { patterns }: PatternCounts): Floats {
  if (!isReal(dtype)) throw new TypeError(`no patterns of ${dtype}`);
  const bytes = dtypeInfo(dtype).bits === 8 ? Uint8Array.from(patterns) : littleEndian(patterns);
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
