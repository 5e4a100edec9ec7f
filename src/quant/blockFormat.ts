import type { Codes } from './arithmetic';

/**
 * A format that stores weights in blocks of its own, scales inside, as far as reading it goes. Of `n` blocks: bytes
 * [n * bytesPerBlock] on one side, float32 [n * blockSize] on the other.
 */
export interface StoredBlocks {
  readonly name: string;
  /** Weights of a block; a row must be a multiple of it. */
  readonly blockSize: number;
  readonly bytesPerBlock: number;
  /** Weights that share one (effective) scale: divides blockSize. */
  readonly subBlockSize: number;
  /** Codes as stored; where quantizing does not give all of them, `available` are those that it does. */
  readonly codes: Codes;
  /** What codes stand for, in scales: ascending, without those that are not available. */
  readonly levels: readonly number[];
  /** Whether sub-blocks have a minimum (a zero point) beside their scale. */
  readonly asymmetric: boolean;
  /** Decodes whole blocks to float32 exactly as the source does. */
  dequantize(blocks: Uint8Array, out: Float32Array): void;
  /** The code of each weight, as stored; for a weight of a grid of vectors, the number of its level. */
  codesOf(blocks: Uint8Array, codes: Int32Array): void;
  /**
   * Effective scale and zero point of each sub-block, so that x^ = (q - z) * s up to float32 rounding (codebook formats:
   * x^ = s * level(q), z 0). Arrays hold blockSize / subBlockSize entries a block. z is 0 where s is 0.
   */
  paramsOf(blocks: Uint8Array, scales: Float32Array, zeroPoints: Float32Array): void;
  /** Of asymmetric formats, the value that code 0 of each sub-block stands for: x^ = q * s + bias. */
  biasOf?(blocks: Uint8Array, bias: Float32Array): void;
  /**
   * Of formats whose sub-blocks have steps of a scale (and of a minimum) of the whole block, those: one of each a block.
   * @param dmin 0 where there is no minimum
   */
  superOf?(blocks: Uint8Array, d: Float32Array, dmin: Float32Array): void;
}

/** Blocks that can also be written. */
export interface BlockFormat extends StoredBlocks {
  /** Quantizes whole blocks of finite values exactly as the source does. */
  quantize(values: Float32Array, blocks: Uint8Array): void;
}
