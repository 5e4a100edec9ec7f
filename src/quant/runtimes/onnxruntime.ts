import type { ParamRule, QuantParams, Range } from '../arithmetic';
import type { CodeRange, IntegerGrid } from '../grids/integer';
import { roundHalfEven } from '../rounding';
import { absMaxOf, type Runtime, refusal, withZero } from './runtime';

/** The smallest normal float32: a smaller scale counts as none. */
const smallestNormal = 2 ** -126;

/**
 * onnxruntime's quantizer of weights. `int7` and `uint7` are its reduced range of 8 bits, `int3` and `uint3` that of 4.
 * @source microsoft/onnxruntime onnxruntime/python/tools/quantization/quant_utils.py, compute_scale_zp, quantize_nparray
 */
export const onnxruntime: Runtime = {
  name: 'onnxruntime',
  codeRange: typeRange,
  paramRule,
  division: () => 'divide',
  zeroPoint: 'after',
  rounding: 'even',
  defaultRange,
  supports: grid =>
    refusal(grid, { title: 'onnxruntime', bits: [8, 7, 4, 3], range: defaultRange(grid) }),
};

/** Only the scale of int8 leaves the lowest code out. */
function defaultRange({ bits, signed }: Pick<IntegerGrid, 'bits' | 'signed'>) {
  return bits === 8 && signed ? 'narrow' : 'full';
}

/** Quantizing saturates at the ends of the type, whatever the scale is made for: in a reduced range a code beyond it occurs. */
function typeRange({ bits, signed }: IntegerGrid): CodeRange {
  const half = bits > 4 ? 128 : 8;
  return signed ? { qmin: -half, qmax: half - 1 } : { qmin: 0, qmax: 2 * half - 1 };
}

/**
 * The codes that the scale is made for.
 * @source quant_utils.py, ONNX_INT_TYPE_RANGE, ONNX_INT_TYPE_SYMMETRIC_RANGE, ONNX_INT_TYPE_REDUCED_RANGE
 */
function scaleRange({ bits, signed, symmetric }: IntegerGrid): CodeRange {
  const half = 2 ** (bits - 1);
  if (!signed) return { qmin: 0, qmax: 2 * half - 1 };
  if (bits === 8 && symmetric) return { qmin: -127, qmax: 127 };
  // The reduced int8 has one code more than 7 bits have.
  return { qmin: -half, qmax: bits === 7 ? half : half - 1 };
}

/** The width is rounded to float32 first; the zero point comes from the scale before that is rounded. */
function paramRule(grid: IntegerGrid): ParamRule {
  const { qmin, qmax } = scaleRange(grid);
  const rangeFor = grid.symmetric ? mirrored : withZero;
  return (range: Range): QuantParams => {
    const { lo, hi } = rangeFor(range);
    const exact = Math.fround(hi - lo) / (qmax - qmin);
    if (exact < smallestNormal) return { scale: 1, zeroPoint: 0 };
    const zero = grid.symmetric ? (qmin + qmax) / 2 : qmin - lo / exact;
    return { scale: Math.fround(exact), zeroPoint: roundHalfEven(zero) };
  };
}

function mirrored(range: Range): Range {
  const absMax = absMaxOf(range);
  return { lo: -absMax, hi: absMax };
}
