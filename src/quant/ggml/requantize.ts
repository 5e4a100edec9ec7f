import type { BlockLayout } from './layout';
import { nearestInt } from './rounding';

/** Weights of a block, and their codes. */
export interface Weights {
  readonly x: Float32Array;
  readonly codes: Int32Array;
}

/** Effective scales and minima of the sub-blocks of a block. */
export interface Scales {
  readonly scales: Float32Array;
  readonly mins: Float32Array;
}

/**
 * Chooses the codes of a block once more, for its scales as they are stored; a sub-block whose scale is 0 keeps the codes
 * that it has.
 * @source ggml-org/ggml src/ggml-quants.c, the last step of quantize_row_q*_K_ref
 */
export function requantize(
  { subBlockSize, levels, zero }: Pick<BlockLayout, 'subBlockSize' | 'levels' | 'zero'>,
  { x, codes }: Weights,
  { scales, mins }: Scales,
): void {
  const top = levels.length - 1;
  for (let j = 0; j < scales.length; j++) {
    const scale = scales[j]!;
    const min = mins[j]!;
    if (scale === 0) continue;
    for (let i = j * subBlockSize; i < (j + 1) * subBlockSize; i++) {
      const q = nearestInt(Math.fround(Math.fround(x[i]! + min) / scale)) + zero;
      codes[i] = q < 0 ? 0 : q > top ? top : q;
    }
  }
}
