import type { Counts, Values } from './moments';

/** A piece of a tensor: values that follow one another in row-major order. */
export interface Chunk {
  /** Not kept: the caller may use its memory again. */
  readonly values: Values;
  /** Place of the first value in the tensor. Chunks come in ascending order; a sample leaves gaps between them. */
  readonly index: number;
  /** Set where the chunk holds the distinct values of the whole tensor, in no order of place; `index` is 0 then. */
  readonly counts?: Counts | undefined;
}

/** Statistics of one tensor. Moments are over finite values; null where there are none or where float64 overflows. */
export interface Profile {
  /** Elements looked at: all of them, unless the tensor was sampled. */
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly absMax: number | null;
  readonly mean: number | null;
  /** Population standard deviation (ddof 0). */
  readonly std: number | null;
  /** Finite values with |x| > threshold = sigma * std; not centred on the mean. */
  readonly outliers: { readonly threshold: number | null; readonly count: number };
}

/** What a closer look at a tensor adds to its Profile. All figures are over finite values. */
export interface ProfileDetail {
  /** m3 / m2^1.5 of the population; null for a constant and where there is no value. */
  readonly skewness: number | null;
  /** m4 / m2^2 of the population: 3 for a Gaussian, no 3 subtracted. Null where skewness is. */
  readonly kurtosis: number | null;
  /**
   * Exact for every dtype that float32 holds. Float64 and wide integers are rounded to float32 first: off by at most
   * 2^-24 of the larger of the two values it lies between, 2^-150 where those are subnormal. Empty where there is no
   * value, or one beyond float32.
   */
  readonly quantiles: readonly Quantile[];
  /** Null where there is no value, and where float64 cannot cut the range into bins of some width. */
  readonly histogram: Histogram | null;
  /** The largest |x|, descending; of equals the lower index first. */
  readonly top: readonly Located[];
  readonly casts: readonly Cast[];
}

/** The value that a fraction p of the values lies below, interpolated linearly. */
export interface Quantile {
  readonly p: number;
  readonly value: number;
}

/** Counts of values in equal bins over [lo, hi]: half-open, the last one closed. */
export interface Histogram {
  readonly lo: number;
  readonly hi: number;
  readonly counts: readonly number[];
}

/** A value and its place in the tensor, in row-major order. */
export interface Located {
  readonly index: number;
  readonly value: number;
}

/** Floating-point formats that weights are cast to. fp8-e4m3 is the OCP one, which has no infinity. */
export type CastFormat = 'fp16' | 'bf16' | 'fp8-e4m3' | 'fp8-e5m2';

/** What rounding each finite value to the nearest of a format, a tie to the even one, does. Nothing is scaled. */
export interface Cast {
  readonly format: CastFormat;
  /** Values that round beyond the largest finite one. */
  readonly overflow: number;
  /** Values other than 0 that become 0. */
  readonly underflow: number;
  /** Values that become a subnormal other than 0. */
  readonly subnormal: number;
  /** Values that become another, the overflow among them. */
  readonly changed: number;
}

/** Statistics of each channel, which is a row. Null in a row without a finite value, and one that a sample left out. */
export interface ChannelProfile {
  readonly absMax: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  /** Population standard deviation (ddof 0). */
  readonly std: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}
