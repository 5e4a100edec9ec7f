import type { Calibrator } from './calibrator';
import { histogramCalibrator } from './histogramPasses';
import { binOfFraction, numpyHistogram } from './numpyHistogram';
import { clippedRange, signedHistogram } from './ortHistogram';

const binCount = 2048;

/**
 * onnxruntime's percentile calibration: edges of a histogram of 2048 bins, no further out than the values go. Symmetric
 * counts the magnitudes; else half of what is cut off is cut off at either end of a histogram over +-max|x|.
 * @param percentile percent of the values to keep, of [0, 100]
 * @source microsoft/onnxruntime onnxruntime/python/tools/quantization/calibrate.py,
 * HistogramCollector.collect_absolute_value and compute_percentile
 */
export function ortPercentile(percentile: number, symmetric: boolean): Calibrator {
  return symmetric ? ofMagnitudes(percentile / 100) : ofBothEnds((100 - percentile) / 200);
}

function ofMagnitudes(kept: number): Calibrator {
  return histogramCalibrator(
    ({ least, most }) => numpyHistogram({ lo: least, hi: most }, binCount, 'magnitude'),
    ({ counts, edges }, extremes) => {
      const threshold = edges[binOfFraction(counts, kept)]!;
      return { range: clippedRange({ lo: -threshold, hi: threshold }, extremes), curve: [] };
    },
  );
}

function ofBothEnds(cut: number): Calibrator {
  return histogramCalibrator(signedHistogram(binCount), ({ counts, edges }, extremes) => {
    const lo = edges[binOfFraction(counts, cut)]!;
    const hi = edges[binOfFraction(counts, 1 - cut)]!;
    return { range: clippedRange({ lo, hi }, extremes), curve: [] };
  });
}
