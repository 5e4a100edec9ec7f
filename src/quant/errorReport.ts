import { finiteOrNull } from '../stats/moments';
import type { CodeCounts, ErrorSums } from './errorSums';

/** Error figures; null where they are undefined (no signal, no error, no finite value). */
export interface ErrorFigures {
  readonly mse: number | null;
  readonly rmse: number | null;
  readonly maxAbsError: number | null;
  readonly meanAbsError: number | null;
  /** 10 log10(sum x^2 / sum (x - x^)^2), in decibel. */
  readonly sqnrDb: number | null;
  readonly cosine: number | null;
  /** ||x - x^|| / ||x|| */
  readonly relativeFrobenius: number | null;
  /** Root of the mean of (e / s)^2, each error by its own scale: 0.289 (1 / sqrt 12) where a uniform grid fits ideally. */
  readonly rmseOverScale: number | null;
  /** Fraction of the finite values that lay outside the grid before saturation. */
  readonly clippedFraction: number | null;
}

/** How the codes are used. */
export interface CodeFigures {
  /** Different codes that occur. */
  readonly codesUsed: number;
  /** Entropy of the codes in bits; null when there is none. */
  readonly codeEntropy: number | null;
}

/** What a scheme does to one tensor. */
export interface ErrorReport extends ErrorFigures, CodeFigures {
  /** Shortest text of the scheme. */
  readonly scheme: string;
  readonly bitsPerWeight: number;
  readonly codesAvailable: number;
  /** Of all scales: over tensor, channels, groups or blocks. */
  readonly scale: Spread & { readonly count: number };
  readonly zeroPoint: Spread;
  /** Set when the scheme keeps outliers apart: how many values, and how many of them need FP32. */
  readonly outliersKept?: number;
  readonly outliersKeptFp32?: number;
}

/** The same figures for each row (output channel): element i of an array is row i. */
export type ChannelReport = {
  readonly [K in keyof (ErrorFigures & CodeFigures)]: readonly (number | null)[];
};

/** Smallest, middle and largest of some parameters; null where there is none or it is not finite. */
export interface Spread {
  readonly min: number | null;
  /** Of the finite ones; how exact it is `ParamSpread` says. */
  readonly median: number | null;
  readonly max: number | null;
}

/** The error figures that follow from the sums. */
export function errorFigures(sums: ErrorSums): ErrorFigures {
  const { count, squaredError, squaredValue, squaredResult } = sums;
  const mean = (sum: number) => (count === 0 ? null : finiteOrNull(sum / count));
  return {
    mse: mean(squaredError),
    rmse: count === 0 ? null : finiteOrNull(Math.sqrt(squaredError / count)),
    // A scale that overflowed makes every error NaN, and a comparison with NaN keeps the maximum as it was.
    maxAbsError: count === 0 || Number.isNaN(sums.absError) ? null : finiteOrNull(sums.maxError),
    meanAbsError: mean(sums.absError),
    sqnrDb: finiteOrNull(10 * Math.log10(squaredValue / squaredError)),
    cosine: finiteOrNull(
      withinOne(sums.product / Math.sqrt(squaredValue) / Math.sqrt(squaredResult)),
    ),
    relativeFrobenius: finiteOrNull(Math.sqrt(squaredError / squaredValue)),
    rmseOverScale:
      sums.scaled === 0 ? null : finiteOrNull(Math.sqrt(sums.squaredSteps / sums.scaled)),
    clippedFraction: mean(sums.clipped),
  };
}

/** The figures of the codes counted. */
export function codeFigures(counts: CodeCounts): CodeFigures {
  return { codesUsed: counts.used, codeEntropy: counts.entropy };
}

/** Rounding may carry the cosine of equal directions a little past 1. */
function withinOne(cosine: number): number {
  return Math.min(1, Math.max(-1, cosine));
}
