import type { QuantParams, Range } from '../arithmetic';
import { absMaxOf, type Runtime, refusal } from './runtime';

/**
 * bitsandbytes' LLM.int8(): a row's max|x| is code 127. It converts weights to float16 first: what is given here equals
 * its codes where they are float16 numbers already. It stores max|x| itself and decodes (q * max|x|) * float32(1 / 127),
 * rounded twice: values may differ from (q - z) * s in the last bit. Columns of outliers are taken out of activations, not
 * of weights. A row of zeros is stored with max|x| 0; scale 1 decodes alike.
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/backends/default/ops.py, int8_vectorwise_quant;
 * bitsandbytes/_ops.py, int8_vectorwise_dequant
 */
export const bitsandbytes: Runtime = {
  name: 'bitsandbytes',
  codeRange: () => ({ qmin: -127, qmax: 127 }),
  paramRule: () => rowParams,
  division: () => 'reciprocal',
  zeroPoint: 'after',
  rounding: 'even',
  defaultRange: () => 'narrow',
  supports: grid =>
    grid.signed && grid.symmetric
      ? refusal(grid, { title: 'LLM.int8()', bits: [8], range: 'narrow' })
      : 'LLM.int8() has a symmetric signed grid only: use int8',
};

/** A range of zeros has scale 1; so has one whose scale would round to 0. */
function rowParams(range: Range): QuantParams {
  const absMax = absMaxOf(range);
  const scale = Math.fround(absMax / 127);
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  // torch divides a number by a tensor as the number times the rounded reciprocal.
  return { scale, zeroPoint: 0, inverse: Math.fround(127 * Math.fround(1 / absMax)) };
}
