import type { ParamRule, QuantParams } from '../arithmetic';
import { roundHalfEven } from '../rounding';
import { absMaxOf, type Runtime, refusal } from './runtime';

/** The smallest width of a range, and the smallest max|x|. */
const smallest = Math.fround(1e-5);

/**
 * The grid of AutoAWQ in float32; its scaling of channels needs activations. Codes are signed where the grid is symmetric,
 * else they start at 0, whether the scheme says `int` or `uint`. It stores scales as float16 after the codes are made.
 * @source casper-hansen/AutoAWQ awq/quantize/quantizer.py, pseudo_quantize_tensor
 */
export const awq: Runtime = {
  name: 'awq',
  codeRange: ({ bits, symmetric }) => {
    const first = symmetric ? -(2 ** (bits - 1)) : 0;
    return { qmin: first, qmax: first + 2 ** bits - 1 };
  },
  paramRule: ({ bits, symmetric }) =>
    symmetric ? symmetricRule(2 ** (bits - 1) - 1) : asymmetricRule(2 ** bits - 1),
  division: () => 'divide',
  zeroPoint: 'after',
  rounding: 'even',
  defaultRange: () => 'full',
  // Its range is never widened to hold 0, so that both words of `zero=` are the same to it.
  supports: grid => refusal({ ...grid, zero: 'in' }, { title: 'AWQ', bits: null, range: 'full' }),
};

function symmetricRule(qmax: number): ParamRule {
  return range => ({
    scale: Math.fround(Math.max(absMaxOf(range), smallest) / qmax),
    zeroPoint: 0,
  });
}

/** The plain range of the values, but a zero point within the codes: values that all have one sign may saturate. */
function asymmetricRule(qmax: number): ParamRule {
  return (range): QuantParams => {
    const lo = Math.fround(range.lo);
    const width = Math.max(Math.fround(Math.fround(range.hi) - lo), smallest);
    const scale = Math.fround(width / qmax);
    const zero = 0 - roundHalfEven(Math.fround(lo / scale));
    return { scale, zeroPoint: Math.min(Math.max(zero, 0), qmax) };
  };
}
