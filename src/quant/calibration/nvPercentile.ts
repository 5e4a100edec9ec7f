import type { Calibrator } from './calibrator';
import { histogramCalibrator } from './histogramPasses';
import { binOfFraction } from './numpyHistogram';
import { magnitudeHistogram, symmetricRange } from './nvHistogram';

/**
 * NVIDIA's percentile calibration: an edge of a histogram of 2048 bins of the magnitudes.
 * @param percentile percent of the values to keep, of [0, 100]
 * @source NVIDIA/TensorRT tools/pytorch-quantization/pytorch_quantization/calib/histogram.py, _compute_amax_percentile
 */
export function nvPercentile(percentile: number): Calibrator {
  return histogramCalibrator(magnitudeHistogram(2048), ({ counts, edges }) => ({
    range: symmetricRange(edges[binOfFraction(counts, percentile / 100)]!),
    curve: [],
  }));
}
