import type { Range } from '../arithmetic';
import type { Extremes } from './histogramPasses';
import { type NumpyHistogram, numpyHistogram } from './numpyHistogram';

/**
 * NVIDIA's histogram of the magnitudes of weights, over [0, max|x|]; null when all are zero.
 * @source NVIDIA/TensorRT tools/pytorch-quantization/pytorch_quantization/calib/histogram.py, calibrate_weights
 */
export function magnitudeHistogram(bins: number): (extremes: Extremes) => NumpyHistogram | null {
  return ({ most }) => (most === 0 ? null : numpyHistogram({ lo: 0, hi: most }, bins, 'magnitude'));
}

/** [-threshold, threshold]. */
export function symmetricRange(threshold: number): Range {
  return { lo: 0 - threshold, hi: threshold };
}
