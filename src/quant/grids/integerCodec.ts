import type { Codec, Quantized, QuantParams, Stretch } from '../arithmetic';
import { type Rounding, rounderFor, roundHalfEven } from '../rounding';
import type { CodeRange } from './integer';

/** What an integer codec computes, all in float32. */
export interface IntegerArithmetic extends CodeRange {
  readonly rounding: Rounding;
  /** v = x / s, or v = x * (1 / s) with the reciprocal rounded first. */
  readonly division: 'divide' | 'reciprocal';
  /** q = round(v) + z (z an integer), or q = round(v + z) (z real). */
  readonly zeroPoint: 'after' | 'before';
}

/**
 * The codec of integers: q = clamp(round(x / s) + z, qmin, qmax) and x^ = (q - z) * s, or a variation that a runtime
 * computes instead. x is rounded to float32 first and x^ is rounded to it once; with `before`, q - z is rounded too.
 * The zero point may lie outside the codes. A NaN gets the code nearest to it; clipped are the codes that saturation changes.
 * @source onnx/onnx docs/Operators.md, QuantizeLinear and DequantizeLinear
 */
export function integerCodec(arithmetic: IntegerArithmetic): Codec {
  const { qmin, qmax, rounding, division, zeroPoint } = arithmetic;
  const isUsual = rounding.kind === 'even' && division === 'divide' && zeroPoint === 'after';
  const quantize = isUsual ? quantizeUsual : quantizeAny;
  return {
    codes: { first: qmin, count: qmax - qmin + 1 },
    quantize: (stretch, params, out) => quantize(stretch, params, arithmetic, out),
  };
}

/** The code of a NaN. */
function zeroCode(zeroPoint: number, { qmin, qmax }: CodeRange): number {
  return Math.min(Math.max(roundHalfEven(zeroPoint), qmin), qmax);
}

/** ONNX's order, one loop. */
function quantizeUsual(
  { values, from, to }: Stretch,
  { scale, zeroPoint }: QuantParams,
  range: CodeRange,
  { codes, results, clipped }: Quantized,
): void {
  const { qmin, qmax } = range;
  const ofNaN = zeroCode(zeroPoint, range);
  for (let i = from; i < to; i++) {
    const v = Math.fround(Math.fround(values[i]!) / scale);
    const q = Number.isNaN(v) ? ofNaN : roundHalfEven(v) + zeroPoint;
    const kept = q < qmin ? qmin : q > qmax ? qmax : q;
    codes[i] = kept;
    results[i] = (kept - zeroPoint) * scale;
    clipped[i] = kept === q ? 0 : 1;
  }
}

function quantizeAny(
  { values, from, to, index, stride }: Stretch,
  { scale, zeroPoint, inverse = Math.fround(1 / scale) }: QuantParams,
  arithmetic: IntegerArithmetic,
  { codes, results, clipped }: Quantized,
): void {
  const { qmin, qmax } = arithmetic;
  const isReciprocal = arithmetic.division === 'reciprocal';
  const isBefore = arithmetic.zeroPoint === 'before';
  const round = rounderFor(arithmetic.rounding);
  const ofNaN = zeroCode(zeroPoint, arithmetic);
  const before = isBefore ? zeroPoint : 0;
  const after = isBefore ? 0 : zeroPoint;
  for (let i = from; i < to; i++) {
    const x = Math.fround(values[i]!);
    const v = Math.fround(isReciprocal ? x * inverse : x / scale);
    const element = index + (i - from) * stride;
    const q = Number.isNaN(v) ? ofNaN : round(Math.fround(v + before), element) + after;
    const kept = q < qmin ? qmin : q > qmax ? qmax : q;
    const steps = kept - zeroPoint;
    codes[i] = kept;
    results[i] = (isBefore ? Math.fround(steps) : steps) * scale;
    clipped[i] = kept === q ? 0 : 1;
  }
}
