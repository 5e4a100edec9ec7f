import { finiteOrNull } from '../stats/moments';
import type { ErrorSums } from './affine';

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
  /** Fraction of the finite values whose code lay outside the grid before saturation. */
  readonly clippedFraction: number | null;
  /** Extremes of the scales over tensor, channels or groups. */
  readonly scale: Extremes & { readonly count: number };
  readonly zeroPoint: Extremes;
}

/** Smallest and largest; null where there is none or it is not finite. */
export interface Extremes {
  readonly min: number | null;
  readonly max: number | null;
}

/** The error figures that follow from the sums. */
export function errorFigures(
  sums: ErrorSums,
): Omit<ErrorReport, 'scheme' | 'bitsPerWeight' | 'scale' | 'zeroPoint'> {
  const { count, squaredError, squaredValue, squaredResult } = sums;
  const mean = (sum: number) => (count === 0 ? null : finiteOrNull(sum / count));
  return {
    mse: mean(squaredError),
    // A scale that overflowed makes every error NaN, and a comparison with NaN keeps the maximum as it was.
    maxAbsError: count === 0 || Number.isNaN(sums.absError) ? null : finiteOrNull(sums.maxError),
    meanAbsError: mean(sums.absError),
    sqnrDb: finiteOrNull(10 * Math.log10(squaredValue / squaredError)),
    cosine: finiteOrNull(
      withinOne(sums.product / Math.sqrt(squaredValue) / Math.sqrt(squaredResult)),
    ),
    relativeFrobenius: finiteOrNull(Math.sqrt(squaredError / squaredValue)),
    clippedFraction: mean(sums.clipped),
  };
}

/** Rounding may carry the cosine of equal directions a little past 1. */
function withinOne(cosine: number): number {
  return Math.min(1, Math.max(-1, cosine));
}
