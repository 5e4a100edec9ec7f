import type { ParamRule, QuantParams, Range } from '../arithmetic';
import { roundHalfEven } from '../rounding';
import { absMaxOf, type Runtime, refusal, withZero } from './runtime';

/**
 * The grid of GPTQ: codes from 0 on, whether the scheme says `int` or `uint`. Only the grid: its order of columns and its
 * compensation of errors need activations.
 * @source IST-DASLab/gptq quant.py, Quantizer.find_params and quantize
 */
export const gptq: Runtime = {
  name: 'gptq',
  codeRange: ({ bits }) => ({ qmin: 0, qmax: 2 ** bits - 1 }),
  paramRule: ({ bits, symmetric }) =>
    symmetric ? symmetricRule(2 ** bits - 1) : asymmetricRule(2 ** bits - 1),
  division: () => 'divide',
  zeroPoint: 'after',
  rounding: 'even',
  defaultRange: () => 'full',
  supports: grid => refusal(grid, { title: 'GPTQ', bits: null, range: 'full' }),
};

/** A row without negative values is not mirrored: its scale is max / qmax, and all above half of it saturates. */
function symmetricRule(qmax: number): ParamRule {
  const zeroPoint = (qmax + 1) / 2;
  return (range): QuantParams => {
    const { lo, hi } = withZero(range);
    const absMax = absMaxOf({ lo, hi });
    return { scale: stepOf({ lo: lo < 0 ? -absMax : 0, hi: absMax }, qmax).scale, zeroPoint };
  };
}

function asymmetricRule(qmax: number): ParamRule {
  return (range): QuantParams => {
    const { lo, scale } = stepOf(withZero(range), qmax);
    return { scale, zeroPoint: roundHalfEven(Math.fround(-lo / scale)) };
  };
}

/** Zeros count as [-1, 1]; so does here what is so narrow that its scale would be 0. */
function stepOf({ lo, hi }: Range, qmax: number): { lo: number; scale: number } {
  const scale = Math.fround(Math.fround(hi - lo) / qmax);
  return scale === 0 ? { lo: -1, scale: Math.fround(2 / qmax) } : { lo, scale };
}
