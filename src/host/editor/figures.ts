import type { TensorRow } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { Profile } from '../../stats/profile';

/** Fraction of the elements looked at that are outliers; null where that means nothing. */
export function outlierFraction(profile: Profile | null): number | null {
  if (!profile || profile.count === 0 || profile.outliers.threshold === null) return null;
  return profile.outliers.count / profile.count;
}

/** The figures of a row. */
export function rowFigures(
  analysis: TensorAnalysis | null,
  schemes: number,
): Pick<TensorRow, 'absMax' | 'std' | 'outliers' | 'sqnrDb' | 'gaussianSqnrDb'> {
  return {
    absMax: analysis?.profile?.absMax ?? null,
    std: analysis?.profile?.std ?? null,
    outliers: outlierFraction(analysis?.profile ?? null),
    sqnrDb: Array.from({ length: schemes }, (_, k) => analysis?.reports[k]?.sqnrDb ?? null),
    gaussianSqnrDb: Array.from({ length: schemes }, (_, k) => analysis?.gaussianSqnrDb[k] ?? null),
  };
}
