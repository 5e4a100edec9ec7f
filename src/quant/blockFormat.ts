import type { Codes } from './arithmetic';

/**
 * A format that stores weights in blocks of its own, scales inside: ggml's types. Of `n` blocks: float32 [n * blockSize]
 * on one side, bytes [n * bytesPerBlock] on the other.
 */
export interface BlockFormat {
  readonly name: string;
  /** Weights of a block; a row must be a multiple of it. */
  readonly blockSize: number;
  readonly bytesPerBlock: number;
  /** Weights that share one (effective) scale: divides blockSize. */
  readonly subBlockSize: number;
  /** Codes as stored; `available` are those that quantizing gives. */
  readonly codes: Codes;
  /** What those codes stand for, in scales: ascending. */
  readonly levels: readonly number[];
  /** Whether sub-blocks have a minimum (a zero point) beside their scale. */
  readonly asymmetric: boolean;
  /** Quantizes whole blocks of finite values exactly as the source does. */
  quantize(values: Float32Array, blocks: Uint8Array): void;
  /** Decodes whole blocks to float32 exactly as the source does. */
  dequantize(blocks: Uint8Array, out: Float32Array): void;
  /** The code of each weight, as stored. */
  codesOf(blocks: Uint8Array, codes: Int32Array): void;
  /**
   * Effective scale and zero point of each sub-block, so that x^ = (q - z) * s up to float32 rounding (codebook formats:
   * x^ = s * level(q), z 0). Arrays hold blockSize / subBlockSize entries a block. z is 0 where s is 0.
   */
  paramsOf(blocks: Uint8Array, scales: Float32Array, zeroPoints: Float32Array): void;
}
