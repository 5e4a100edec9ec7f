import { roundHalfEven } from '../rounding';
import type { Calibrated, Calibrator, Candidate } from './calibrator';
import { histogramCalibrator } from './histogramPasses';
import type { NumpyHistogram } from './numpyHistogram';
import { magnitudeHistogram, symmetricRange } from './nvHistogram';

/** The first bin whose centre is tried. */
const startBin = 128;
/** A threshold up to here counts as zero, and quantizes all to zero. */
const zeroThreshold = 2 ** -24;

/**
 * NVIDIA's MSE calibration: the first of the centres of a histogram's 2048 bins that, as threshold, gives all centres the
 * least error, weighted by the counts. The curve holds each threshold and its mean over the bins.
 *
 * Each term is float32, as in the source. The source sums them in float32 too, in an order that is the device's; here
 * they are summed in float64.
 * @param bits bits of the symmetric grid without its lowest code, at least 2
 * @source NVIDIA/TensorRT tools/pytorch-quantization/pytorch_quantization/calib/histogram.py, _compute_amax_mse;
 * tensor_quant.py, _tensor_quant
 */
export function nvMse(bits: number): Calibrator {
  return histogramCalibrator(magnitudeHistogram(2048), histogram => search(histogram, bits));
}

function search({ counts, edges }: NumpyHistogram, bits: number): Calibrated {
  const centres = new Float32Array(counts.length);
  for (let i = 0; i < centres.length; i++) centres[i] = Math.fround(edges[i]! + edges[i + 1]!) / 2;
  const weighted = { centres, weights: Float32Array.from(counts) };
  const curve: Candidate[] = [];
  let best = startBin;
  let least = Infinity;
  for (let i = startBin; i < centres.length; i++) {
    const loss = meanError(weighted, centres[i]!, 2 ** (bits - 1) - 1);
    curve.push([centres[i]!, loss]);
    if (!(loss < least)) continue;
    best = i;
    least = loss;
  }
  return { range: symmetricRange(centres[best]!), curve };
}

interface Weighted {
  readonly centres: Float32Array;
  readonly weights: Float32Array;
}

function meanError({ centres, weights }: Weighted, threshold: number, top: number): number {
  const scale = Math.fround(top / threshold);
  const isZero = threshold <= zeroThreshold;
  let sum = 0;
  for (let i = 0; i < centres.length; i++) {
    if (weights[i] === 0) continue;
    const code = isZero ? 0 : Math.min(roundHalfEven(Math.fround(centres[i]! * scale)), top);
    const error = Math.fround(Math.fround(code / scale) - centres[i]!);
    sum += Math.fround(Math.fround(error * error) * weights[i]!);
  }
  return sum / centres.length;
}
