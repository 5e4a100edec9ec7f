import type { Range } from '../arithmetic';
import type { Extremes } from './histogramPasses';
import { type NumpyHistogram, numpyHistogram } from './numpyHistogram';

/**
 * onnxruntime's histogram of values with their sign, over +-max|x|.
 * @source microsoft/onnxruntime onnxruntime/python/tools/quantization/calibrate.py, HistogramCollector.collect_value
 */
export function signedHistogram(bins: number): (extremes: Extremes) => NumpyHistogram | null {
  return ({ most }) => numpyHistogram({ lo: -most, hi: most }, bins, 'value');
}

/**
 * The range from threshold to threshold, no further out than the values go. Where that crosses the ends (values that
 * all lie on one side of the thresholds), both become the one that onnxruntime uses once it has put zero in the range.
 */
export function clippedRange({ lo, hi }: Range, extremes: Extremes): Range {
  const low = Math.max(lo, extremes.lo);
  const high = Math.min(hi, extremes.hi);
  if (low <= high) return { lo: low, hi: high };
  const end = high < 0 ? low : high;
  return { lo: end, hi: end };
}
