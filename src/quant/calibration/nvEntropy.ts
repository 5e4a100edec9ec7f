import type { Calibrated, Calibrator, Candidate } from './calibrator';
import { divergence } from './divergence';
import { histogramCalibrator } from './histogramPasses';
import { type NumpyHistogram, sumOf } from './numpyHistogram';
import { leastThresholds, type Merging } from './nvEntropyBounds';
import { magnitudeHistogram, symmetricRange } from './nvHistogram';

/**
 * NVIDIA's entropy calibration: of the thresholds at the edges of a histogram of the magnitudes, the last whose bins lose
 * the least by being merged into `levels`. The bin at zero is taken to hold as much as its neighbour. The curve holds
 * each threshold and its divergence: infinite where the values beyond it have no place, NaN where none lie below it.
 * @param bins of the histogram, at least 2
 * @param levels bins after merging: 2^(bits - 1)
 * @param startBin the first edge to try, at least 1; beyond `bins` there is none, and the range is that of the magnitudes
 * @source NVIDIA/TensorRT tools/pytorch-quantization/pytorch_quantization/calib/histogram.py, _compute_amax_entropy
 */
export function nvEntropy(bins: number, levels = 128, startBin = 128): Calibrator {
  return histogramCalibrator(magnitudeHistogram(bins), histogram =>
    search(histogram, levels, startBin),
  );
}

function search({ counts, edges }: NumpyHistogram, levels: number, startBin: number): Calibrated {
  counts[0] = counts[1]!;
  const merging = { counts, levels, startBin };
  let best = counts.length;
  let least = Infinity;
  for (const end of leastThresholds(merging)) {
    const loss = lossOf(merging, end);
    // As in numpy, a NaN is less than any number.
    if (loss <= least || Number.isNaN(loss)) {
      best = end;
      least = loss;
    }
  }
  const range = symmetricRange(edges[best]!);
  // Made when it is asked for: it costs several hundred times as much as the range.
  return Object.defineProperty({ range, curve: [] }, 'curve', {
    get: () => curveOf(merging, edges),
  });
}

function curveOf(merging: Merging, edges: Float32Array): readonly Candidate[] {
  const curve: Candidate[] = [];
  for (let end = merging.startBin; end <= merging.counts.length; end++)
    curve.push([edges[end]!, lossOf(merging, end)]);
  return curve;
}

/** What the threshold after `end` bins loses: all beyond it is added to the last bin. */
function lossOf({ counts, levels }: Merging, end: number): number {
  const p = counts.slice(0, end);
  const q = mergedAndSpread(p, levels);
  p[end - 1]! += sumOf(counts.subarray(end));
  return divergence(p, q, relativeEntropy);
}

/** The bins merged into `levels` ones of equal width, each spread again evenly over its bins that hold something. */
function mergedAndSpread(bins: Float64Array, levels: number): Float64Array {
  const spread = new Float64Array(bins.length);
  const width = bins.length / levels;
  for (let level = 0, start = 0; level < levels; level++) {
    const edge = level === levels - 1 ? bins.length : (level + 1) * width;
    const end = Math.ceil(edge);
    let sum = 0;
    let filled = 0;
    for (let i = start; i < end; i++) {
      sum += bins[i]!;
      if (bins[i] !== 0) filled++;
    }
    for (let i = start; i < end; i++) if (bins[i] !== 0) spread[i] = sum / filled;
    start = end;
  }
  return spread;
}

/**
 * x log(x / y), 0 where x is 0; infinite where only y is.
 * @source scipy/scipy scipy/special/_convex_analysis.pxd, rel_entr
 */
function relativeEntropy(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === 0) return 0;
  if (y === 0) return Infinity;
  const ratio = x / y;
  // More exact where the two are close.
  return ratio > 0.5 && ratio < 2 ? x * Math.log1p((x - y) / y) : x * Math.log(ratio);
}
