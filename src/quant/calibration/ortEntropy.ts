import type { Range } from '../arithmetic';
import type { Calibrated, Calibrator, Candidate } from './calibrator';
import { divergence } from './divergence';
import { type Extremes, histogramCalibrator } from './histogramPasses';
import type { NumpyHistogram } from './numpyHistogram';
import { logFloat32 } from './numpyLog';
import { leastReaches, smoothing } from './ortEntropyBounds';
import { clippedRange, signedHistogram } from './ortHistogram';

/**
 * onnxruntime's entropy calibration: of all windows around zero the first one whose histogram loses the least by being
 * merged into `levels` bins, no further out than the values go. The curve holds each window's upper end and its
 * divergence, infinite where merging leaves nothing.
 * @param bins of the histogram over +-max|x|; onnxruntime's default is 128
 * @param levels bins after merging; onnxruntime's default is 128. More than `bins` have no window: the range is that of
 * the values
 * @source microsoft/onnxruntime onnxruntime/python/tools/quantization/calibrate.py,
 * HistogramCollector.get_entropy_threshold and rel_entr
 */
export function ortEntropy(bins: number, levels: number): Calibrator {
  return histogramCalibrator(signedHistogram(bins), (histogram, extremes) =>
    search(histogram, levels, extremes),
  );
}

function search(histogram: NumpyHistogram, levels: number, extremes: Extremes): Calibrated {
  const { counts, edges } = histogram;
  const middle = Math.floor(counts.length / 2);
  const sums = runningSums(counts);
  let best: number | undefined;
  let least = Infinity;
  for (const reach of leastReaches(counts, levels)) {
    const loss = lossOf({ counts, sums, levels }, reach);
    if (loss < least) {
      best = reach;
      least = loss;
    }
  }
  const reach = best ?? Math.floor(levels / 2);
  const ends = reach > middle ? extremes : endsOf(edges, reach);
  // Made when it is asked for: it costs dozens of times as much as the range.
  return Object.defineProperty({ range: clippedRange(ends, extremes), curve: [] }, 'curve', {
    get: () => curveOf({ counts, sums, levels }, edges),
  });
}

function curveOf(merging: Merging, edges: Float32Array): readonly Candidate[] {
  const middle = Math.floor(merging.counts.length / 2);
  const curve: Candidate[] = [];
  for (let reach = Math.floor(merging.levels / 2); reach <= middle; reach++)
    curve.push([endsOf(edges, reach).hi, lossOf(merging, reach)]);
  return curve;
}

/** What is merged, with running sums of the counts. */
interface Merging {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly levels: number;
}

/** The bins `[from, to)` within reach of the middle one. */
function binsOf({ length }: ArrayLike<number>, reach: number): { from: number; to: number } {
  const middle = Math.floor(length / 2);
  return { from: middle - reach, to: Math.min(middle + reach + 1, length) };
}

function endsOf(edges: Float32Array, reach: number): Range {
  const { from, to } = binsOf(edges.subarray(1), reach);
  return { lo: edges[from]!, hi: edges[to]! };
}

/** What the window of this reach loses. */
function lossOf({ counts, sums, levels }: Merging, reach: number): number {
  const bins = binsOf(counts, reach);
  const window = windowOf(counts, sums, bins);
  const p = Float32Array.from(window);
  const q = mergedAndSpread(window, sums.subarray(bins.from), levels);
  return smooth(p) && smooth(q) ? divergence(p, q, relativeEntropy) : Infinity;
}

/** Element i is the sum of the i first counts. */
function runningSums(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) sums[i + 1] = sums[i]! + counts[i]!;
  return sums;
}

/** The counts of [from, to), with what lies outside added to the bins at the ends. */
function windowOf(
  counts: Float64Array,
  sums: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
): Float64Array {
  const window = counts.slice(from, to);
  window[0]! += sums[from]!;
  window[window.length - 1]! += sums[counts.length]! - sums[to]!;
  return window;
}

/** All are above 0 once they have been smoothed. */
function relativeEntropy(x: number, y: number): number {
  return x * logFloat32(Math.fround(x / y));
}

/**
 * The window merged into `levels` bins of equal width, each spread again evenly over the places of its bins: over all of
 * them, though only those that hold something count in the average, which is cut to an integer. The last bin takes
 * in what the division leaves over, whose places stay empty.
 */
function mergedAndSpread(window: Float64Array, sums: Float64Array, levels: number): Float32Array {
  const spread = new Float32Array(window.length);
  const width = Math.floor(window.length / levels);
  for (let level = 0; level < levels; level++) {
    const start = level * width;
    const end = start + width;
    let filled = 0;
    for (let i = start; i < end; i++) if (window[i] !== 0) filled++;
    if (filled === 0) continue;
    const taken = level === levels - 1 ? window.length : end;
    const count = sums[taken]! - sums[start]!;
    spread.fill(Math.trunc(count / filled), start, end);
  }
  return spread;
}

/**
 * Puts a little into the empty bins, and takes it evenly from the others; float32 throughout.
 * @returns false when there is nothing to take it from
 * @source microsoft/onnxruntime onnxruntime/python/tools/quantization/quant_utils.py, smooth_distribution
 */
function smooth(distribution: Float32Array): boolean {
  let empty = 0;
  for (let i = 0; i < distribution.length; i++) if (distribution[i] === 0) empty++;
  const taken = (smoothing * empty) / (distribution.length - empty);
  // Not so either when nothing is filled: the quotient is infinite, or NaN for no bins at all.
  if (!(taken < 1)) return false;
  const share = Math.fround(taken);
  for (let i = 0; i < distribution.length; i++)
    distribution[i] = distribution[i] === 0 ? smoothing : distribution[i]! - share;
  return true;
}
