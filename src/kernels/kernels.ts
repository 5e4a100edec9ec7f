import type { Quantized } from '../quant/arithmetic';
import type { BlockFormat } from '../quant/blockFormat';
import type { Band, PieceMoments } from '../stats/moments';
import {
  type AffineSegments,
  type AffineValues,
  affineApply,
  affineCodes,
  affineSegments,
  type CodedValues,
} from './affine';
import { type ClipFound, type ClipKernelOptions, clipSearch } from './clip';
import type { KernelExports } from './exports';
import { type GgmlKernel, ggmlKernel } from './ggml';
import { type Binning, countPatterns, histogram, takePatterns } from './histogram';
import { type LevelSegments, type LevelValues, levelApply, levelSegments } from './levels';
import { KernelMemory } from './memory';
import { collectBetween, countBeyond, stats } from './stats';
import type { KernelSums, SegmentSums } from './sums';
import { type WidenedDType, widen } from './widen';

/**
 * The kernels of dist/kernels.wasm, ready to be called.
 * @param bytes the file
 * @returns null where there is no WebAssembly, or none with SIMD: then the plain functions of quant/ and stats/ do the
 * work
 */
export function loadKernels(bytes: Uint8Array<ArrayBuffer>): Kernels | null {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return new Kernels(exports as unknown as KernelExports);
}

/**
 * Fast twins of functions of quant/ and stats/. Each thread has its own: they share scratch memory.
 *
 * Values that are views of this memory, from `floats`, are used where they lie; others are copied in first. Any call
 * may make the memory grow, and then views that were taken before are detached (their length is 0): take them again.
 * What they held stays, as long as `floats` or `bytes` is not asked for more than ever before.
 */
export class Kernels {
  readonly #wasm: KernelExports;
  readonly #memory: KernelMemory;

  constructor(wasm: KernelExports) {
    this.#wasm = wasm;
    this.#memory = new KernelMemory(wasm.memory, wasm.heapBase());
  }

  /** Bytes of memory in use, which only grows. */
  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Room for float32 values, always the same place: what the last call gave is overwritten. Not cleared. */
  floats(length: number): Float32Array {
    return this.#memory.float32(this.#memory.scratch('floats', 4 * length), length);
  }

  /**
   * Room for bytes of a file, always the same place. Not cleared.
   * @param offset where in the file they come from: reads are several times faster when the address and the offset
   * agree in their low 12 bits
   */
  bytes(length: number, offset = 0): Uint8Array<ArrayBuffer> {
    const address = this.#memory.scratch('bytes', length + 4096) + (offset % 4096);
    return this.#memory.bytes(address, length) as Uint8Array<ArrayBuffer>;
  }

  /**
   * Decodes little-endian elements, as many as `out` has places: of ggml's types whole blocks. Equal bit for bit to
   * src/formats/decode.ts and src/quant/ggml, except that the bits of a NaN of F16, FP8 and blocks are not specified.
   * @param out a view of this memory
   */
  widen(dtype: WidenedDType, bytes: Uint8Array, out: Float32Array): void {
    widen(this.#wasm, this.#memory, { dtype, bytes, out });
  }

  /** What `Moments` needs of a piece of values: see `PieceMoments`. */
  stats(values: Float32Array, pivot = Number.NaN): PieceMoments {
    return stats(this.#wasm, this.#memory, { values, pivot });
  }

  /** `countBeyond` of src/stats/moments.ts. */
  countBeyond(values: Float32Array, threshold: number): number {
    return countBeyond(this.#wasm, this.#memory, { values, threshold });
  }

  /** `collectBetween` of src/stats/moments.ts: a view, until the next call. */
  collectBetween(values: Float32Array, band: Band): Float32Array {
    return collectBetween(this.#wasm, this.#memory, { ...band, values });
  }

  /**
   * Finds the range of each segment, makes its parameters by `integerRule` with a float32 scale, quantizes by
   * `integerCodec` (half to even, x / s, zero point after) and adds up what that does. Parameters and codes are the
   * twins' own, the sums as `KernelSums` says.
   */
  affineSegments(segments: AffineSegments): SegmentSums {
    return affineSegments(this.#wasm, this.#memory, segments);
  }

  /** The same with parameters that are given: see `areAffineParams`. */
  affineApply(values: AffineValues): KernelSums {
    return affineApply(this.#wasm, this.#memory, values);
  }

  /**
   * Codes, x^ and what was clipped, value by value: all bits are those of `integerCodec`, half to even, x / s, zero
   * point after. Views, until the next call.
   */
  affineCodes(values: CodedValues): Quantized {
    return affineCodes(this.#wasm, this.#memory, values);
  }

  /**
   * What `affineSegments` does for a grid of levels that `prepareLevels` has made ready: scale = absmax / largest
   * level, in float64 and then float32. Codes by `levelCodec`. A scale of 0, of a segment of zeros on a grid without 0,
   * is possible.
   */
  levelSegments(segments: LevelSegments): SegmentSums {
    return levelSegments(this.#wasm, this.#memory, segments);
  }

  /** The same with a scale that is given: any float32 number. */
  levelApply(values: LevelValues): KernelSums {
    return levelApply(this.#wasm, this.#memory, values);
  }

  /**
   * The kernel of one of ggml's types; null when it has none. To be made once and kept: it reserves memory of its own.
   */
  ggml(format: BlockFormat): GgmlKernel | null {
    return ggmlKernel(this.#wasm, this.#memory, format);
  }

  /**
   * How many values lie in each bin: exactly what `HistogramCounter` counts over the same edges. A view, until the next
   * call.
   */
  histogram(binning: Binning): Uint32Array {
    return histogram(this.#wasm, this.#memory, binning);
  }

  /**
   * Counts the patterns of elements of two bytes, to be added to what was counted since `takePatterns`: less than 2^32.
   */
  countPatterns(bytes: Uint8Array): void {
    countPatterns(this.#wasm, this.#memory, bytes);
  }

  /** How often each pattern of two bytes, read as little-endian, was counted; begins anew. */
  takePatterns(): Uint32Array {
    return takePatterns(this.#memory);
  }

  /**
   * The range that `clipSearch` of src/quant/calibration finds for one segment: just the same one. Losses that differ
   * by less than their bound are made again in float64.
   * @returns null where it cannot tell (a value is not finite, a scale or a loss is out of the ordinary, or losses
   * agree even then): the twin has to search
   */
  clipSearch(values: Float32Array, options: ClipKernelOptions): ClipFound | null {
    return clipSearch(this.#wasm, this.#memory, { values, options });
  }
}
