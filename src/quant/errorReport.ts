/** What a scheme does to one tensor. Figures are null where they are undefined (no signal, no error, no finite value). */
export interface ErrorReport {
  /** Shortest text of the scheme. */
  readonly scheme: string;
  readonly bitsPerWeight: number;
  readonly mse: number | null;
  readonly maxAbsError: number | null;
  readonly meanAbsError: number | null;
  /** 10 log10(sum x^2 / sum (x - x^)^2), in decibel. */
  readonly sqnrDb: number | null;
  readonly cosine: number | null;
  /** ||x - x^|| / ||x|| */
  readonly relativeFrobenius: number | null;
  /** Fraction of the finite values outside the representable range. */
  readonly clippedFraction: number | null;
  /** Extremes of the scales over channels or groups. */
  readonly scale: { readonly count: number; readonly min: number | null; readonly max: number | null };
  readonly zeroPoint: { readonly min: number | null; readonly max: number | null };
}
