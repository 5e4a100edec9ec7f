import type { Calibration } from '../scheme';
import type { Candidate } from './calibrator';

/** A curve over thresholds, ascending. */
export interface ThresholdCurve {
  /** What a loss is, in words. */
  readonly loss: string;
  readonly thresholds: Float64Array;
  readonly losses: Float64Array;
  /** Index of the one that is chosen. */
  readonly chosen: number;
}

/** What was searched. */
export interface Searched {
  readonly calibration: Calibration;
  readonly curve: readonly Candidate[];
  /** Of the finite values. */
  readonly absMax: number;
  readonly count: number;
}

/** How the candidates of a calibration become thresholds. */
interface Reading {
  readonly loss: string;
  /** What a candidate is multiplied by. */
  readonly perCandidate: number;
  /** What a loss is multiplied by. */
  readonly perLoss: number;
  /** Of equal losses the calibration takes the last that it tried, not the first. */
  readonly takesLast?: boolean;
}

/** Bins of NVIDIA's histogram, over which its curve holds the mean. */
const nvBins = 2048;

/**
 * What the candidates of a curve are: `mse` shrinks the range to a share of itself, both ends alike, and sums errors;
 * the entropy calibrations and `nv-mse` try thresholds; `torch-histogram` tries ranges of a width, of which half is the
 * threshold on either side. Null for calibrations that search no threshold.
 */
function readingOf({ calibration, absMax, count }: Omit<Searched, 'curve'>): Reading | null {
  switch (calibration.kind) {
    case 'mse': {
      const { norm } = calibration;
      const loss = norm === 2 ? 'mean squared error' : `mean of |error|^${norm}`;
      return { loss, perCandidate: absMax, perLoss: 1 / count };
    }
    case 'entropy-ort':
      return { loss: 'KL divergence', perCandidate: 1, perLoss: 1 };
    case 'entropy-nv':
      return { loss: 'KL divergence', perCandidate: 1, perLoss: 1, takesLast: true };
    case 'nv-mse':
      return { loss: 'mean squared error', perCandidate: 1, perLoss: nvBins / count };
    case 'torch-histogram':
      return {
        ...{ loss: 'squared error', perCandidate: 0.5, perLoss: 1, takesLast: true },
      };
    default:
      return null;
  }
}

/** Bins of a histogram whose whole curve is made within some seconds: it grows with the square. */
const mostBins = 4096;

/** Whether a calibration searches among thresholds, few enough to be drawn. */
export function searchesThresholds(calibration: Calibration): boolean {
  if ('bins' in calibration && calibration.bins > mostBins) return false;
  return readingOf({ calibration, absMax: 1, count: 1 }) !== null;
}

/**
 * A calibration's curve over ascending thresholds, at most `most` of them. Losses that are not finite are left out: no
 * calibration chooses them while there are others. Null where there is nothing to draw.
 */
export function thresholdCurve(searched: Searched, most: number): ThresholdCurve | null {
  const reading = readingOf(searched);
  const tried = searched.curve.filter(([, loss]) => Number.isFinite(loss));
  const [first] = tried;
  if (!reading || !first || searched.count === 0) return null;
  let best = first;
  for (const point of tried)
    if (point[1] < best[1] || (reading.takesLast && point[1] === best[1])) best = point;
  const ascending = tried.toSorted(([a], [b]) => a - b);
  const thinned = thinOut(ascending, best, most);
  return {
    loss: reading.loss,
    thresholds: Float64Array.from(thinned, ([candidate]) => candidate * reading.perCandidate),
    losses: Float64Array.from(thinned, ([, loss]) => loss * reading.perLoss),
    chosen: thinned.indexOf(best),
  };
}

/** Evenly spaced points, and the best of all in place of its neighbour. */
function thinOut(points: readonly Candidate[], best: Candidate, most: number): Candidate[] {
  if (points.length <= most) return [...points];
  const at = points.indexOf(best);
  return Array.from({ length: most }, (_, i) => {
    const from = Math.floor((i * points.length) / most);
    const to = Math.floor(((i + 1) * points.length) / most);
    return at >= from && at < to ? best : points[from]!;
  });
}
