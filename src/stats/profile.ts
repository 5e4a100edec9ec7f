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
