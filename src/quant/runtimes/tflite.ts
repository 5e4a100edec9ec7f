import type { ParamRule, QuantParams, Range } from '../arithmetic';
import type { CodeRange, IntegerGrid } from '../grids/integer';
import { rounderFor } from '../rounding';
import { absMaxOf, type Runtime, refusal, withZero } from './runtime';

const roundHalfAway = rounderFor({ kind: 'away' });

/**
 * TensorFlow Lite's converter in full-integer quantization. Its weights are symmetric; the asymmetric rule is that of its
 * activations.
 * @source tensorflow/tensorflow tensorflow/lite/tools/optimize/quantization_utils.cc, GetAsymmetricQuantizationParams.
 * Smallest range and factor of weights as the converter of 2.21 does (golden values); the older quantizer beside it, in
 * the same file, SymmetricPerChannelQuantization, has no smallest range and multiplies by 127 / max|x|
 */
export const tflite: Runtime = {
  name: 'tflite',
  codeRange: rangeOf,
  paramRule: grid => (grid.symmetric ? symmetricParams : asymmetricRule(rangeOf(grid))),
  division: ({ symmetric }) => (symmetric ? 'reciprocal' : 'divide'),
  zeroPoint: 'after',
  rounding: 'away',
  defaultRange: () => 'narrow',
  supports: grid =>
    grid.symmetric && !grid.signed
      ? 'TensorFlow Lite has no symmetric unsigned grid: use int8, or uint8 asym'
      : refusal(grid, { title: 'TensorFlow Lite', bits: [8], range: 'narrow' }),
};

function rangeOf({ signed, symmetric }: IntegerGrid): CodeRange {
  if (symmetric) return { qmin: -127, qmax: 127 };
  return signed ? { qmin: -128, qmax: 127 } : { qmin: 0, qmax: 255 };
}

/** The smallest max|x|: a range is at least 1e-6 wide. */
const smallest = Math.fround(5e-7);

function symmetricParams(range: Range): QuantParams {
  return { scale: Math.fround(Math.max(absMaxOf(range), smallest) / 127), zeroPoint: 0 };
}

/** Zeros have scale 0 there; 1 decodes alike. */
function asymmetricRule({ qmin, qmax }: CodeRange): ParamRule {
  return (range): QuantParams => {
    const { lo, hi } = withZero(range);
    const scale = Math.fround(Math.fround(hi - lo) / (qmax - qmin));
    if (scale === 0) return { scale: 1, zeroPoint: qmin };
    const zero = Math.fround(qmin - Math.fround(lo / scale));
    // Rounding may give -0, the sum does not.
    return { scale, zeroPoint: roundHalfAway(Math.min(Math.max(zero, qmin), qmax), 0) + 0 };
  };
}
