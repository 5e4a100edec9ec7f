import { codeRange } from '../grids/integer';
import type { IntegerArithmetic } from '../grids/integerCodec';
import type { Scheme } from '../scheme';
import { runtimeOf } from '../schemeRules';

/**
 * What the codec of an integer scheme computes: ONNX's order where no runtime is named, else the runtime's. HQQ has the
 * codes 0 to 2^b - 1 whether the grid says `int` or `uint`, and a real zero point.
 */
export function integerArithmeticOf(scheme: Scheme): IntegerArithmetic {
  if (scheme.grid.kind !== 'integer') throw new TypeError('the grid is not one of integers');
  const { runtime: name, rounding } = scheme;
  const grid = { ...scheme, ...scheme.grid };
  if (name === 'hqq') {
    const codes = { qmin: 0, qmax: 2 ** grid.bits - 1 };
    return { ...codes, rounding, division: 'reciprocal', zeroPoint: 'before' };
  }
  const runtime = runtimeOf(name);
  if (!runtime) return { ...codeRange(grid), rounding, division: 'divide', zeroPoint: 'after' };
  const { zeroPoint } = runtime;
  return { ...runtime.codeRange(grid), rounding, division: runtime.division(grid), zeroPoint };
}
