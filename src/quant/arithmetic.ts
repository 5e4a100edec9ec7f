import type { Values } from '../stats/moments';

/**
 * Scale and zero point of the weights that share them: x^ = (q - z) * s. The scale is a float32 number. The zero point is
 * an integer, except where the source fits it (HQQ) or stores a minimum instead (ggml's `_1` and K types): then it is real.
 */
export interface QuantParams {
  readonly scale: number;
  readonly zeroPoint: number;
  /** The factor that values are multiplied by, where software keeps one of its own; else float32(1 / scale). */
  readonly inverse?: number;
}

/** The values that a grid is laid over, both ends included. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Makes parameters from the range of the values; `lo` and `hi` are exact, in float64. */
export type ParamRule = (range: Range) => QuantParams;

/** Values at [from, to) that share their parameters. Element i is number `index + (i - from) * stride` of its tensor. */
export interface Stretch {
  readonly values: Values;
  readonly from: number;
  readonly to: number;
  readonly index: number;
  readonly stride: number;
}

/** What quantizing writes, at the same places as the values were read from. */
export interface Quantized {
  readonly codes: Int32Array;
  /** x^, the dequantized values. */
  readonly results: Float32Array;
  /** 1 where the value lay outside the grid and was saturated, else 0. */
  readonly clipped: Uint8Array;
}

/** The codes of a grid: integers of [first, first + count), not all of which need stand for a value. */
export interface Codes {
  readonly first: number;
  readonly count: number;
  /** How many stand for a value; `count` when absent. */
  readonly available?: number;
  /** Codes of the lowest and the highest value, where they are not the first and the last. */
  readonly ends?: readonly [lowest: number, highest: number];
}

/** Codes from values and values from codes, once the parameters are known. */
export interface Codec {
  readonly codes: Codes;
  /**
   * Quantizes and dequantizes a stretch. A NaN gets the code of zero and is not clipped; an infinity saturates.
   * @param out written at [from, to)
   */
  quantize(stretch: Stretch, params: QuantParams, out: Quantized): void;
}
