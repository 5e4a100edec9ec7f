import type { StatsEngine } from '../../stats/moments';
import type { QuantParams } from '../arithmetic';
import type { ErrorSums } from '../errorSums';
import type { Scheme } from '../scheme';

/** What a kernel made of many segments at once. Arrays are good until the next call of any kernel. */
export interface SegmentTotals {
  readonly sums: ErrorSums;
  /** By segment. */
  readonly scales: Float32Array;
  readonly zeroPoints: ArrayLike<number>;
  /** How often each code occurs, from the first code on. */
  readonly codeCounts: ArrayLike<number>;
}

/**
 * Calibrates and quantizes consecutive segments of `width` values, the last of which may be short.
 * Equal to the plain functions on codes, scales and zero points; sums within the bound that the kernel states. Null where
 * these values are not for the kernel (ggml's take finite ones only): then the plain functions have to do. That is decided
 * before any memory may move, so the values are still there for them.
 */
export type SegmentKernel = (values: Float32Array, width: number) => SegmentTotals | null;

/** Quantizes values that share the parameters given. */
export type ParamsKernel = (values: Float32Array, params: QuantParams) => SegmentTotals | null;

/** The kernels that a run may use instead of the plain functions. */
export interface Engine extends StatsEngine {
  /** Undefined where there is none for the scheme. */
  segmentKernel(scheme: Scheme): SegmentKernel | undefined;
  /** The same for weights whose parameters are known already; `scales` and `zeroPoints` are empty. */
  paramsKernel(scheme: Scheme): ParamsKernel | undefined;
}
