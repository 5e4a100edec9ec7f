import type { Quantized, Stretch } from '../arithmetic';

/** What a format writes: beside codes and results the scale of each block of the run, from 0 on. */
export interface ScaledBlocks extends Quantized {
  readonly scales: Float32Array;
}

/** Gathers what the scales need to know of the whole tensor. */
export interface Gatherer {
  /** Takes one block, in any order. */
  add(block: Stretch): void;
  /** The figure to quantize with. */
  finish(): number;
}

/** A format whose scales have a form of their own. x^ = level(code) * scale; there is no zero point. */
export interface SelfScaled {
  /** Weights that share a scale; the last block of a row (of the tensor, if flat) may be shorter. */
  readonly blockSize: number;
  /** Blocks that are quantized together because their scales are. */
  readonly blocksPerRun: number;
  /** Whether blocks go through the whole tensor instead of beginning anew with each row. */
  readonly isFlat: boolean;
  readonly codes: { readonly first: number; readonly count: number };
  /** Bits stored for each weight, each block, each run and the tensor. */
  readonly bits: {
    readonly code: number;
    readonly block: number;
    readonly run: number;
    readonly tensor: number;
  };
  /** Begins the pass over the tensor that goes before; absent where none is needed. */
  readonly gather?: () => Gatherer;
  /**
   * Quantizes a run of blocks, the last of which may be short. NaN and infinities do not count for the scale.
   * @param tensor what was gathered; any number where nothing is
   * @param out written at [from, to), `scales` from 0 on
   */
  quantize(run: Stretch, tensor: number, out: ScaledBlocks): void;
}

/** Largest finite |x| of a stretch, in float32; 0 when there is none. */
export function absMaxOf({ values, from, to }: Stretch): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const a = Math.abs(Math.fround(values[i]!));
    if (a > largest && a !== Infinity) largest = a;
  }
  return largest;
}
