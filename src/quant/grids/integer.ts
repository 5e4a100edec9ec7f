import type { ParamRule, QuantParams, Range } from '../arithmetic';
import { roundHalfEven } from '../rounding';

/** An affine integer grid. */
export interface IntegerGrid {
  /** Bits of a code, 2 to 8. */
  readonly bits: number;
  /** Codes start at 0 (`uint`) or lie on both sides of it (`int`). */
  readonly signed: boolean;
  readonly symmetric: boolean;
  /** `full` adds the code -2^(b-1) to a symmetric grid. */
  readonly range: 'narrow' | 'full';
  /** `in`: the range of an asymmetric scheme is widened to hold 0. */
  readonly zero: 'in' | 'free';
}

/** The codes a grid may use, both ends included. */
export interface CodeRange {
  readonly qmin: number;
  readonly qmax: number;
}

/** The grid's codes: symmetric ones leave out the lowest unless `range=full`. */
export function codeRange({ bits, signed, symmetric, range }: IntegerGrid): CodeRange {
  const half = 2 ** (bits - 1);
  const lowest = symmetric && range === 'narrow' ? 1 - half : -half;
  const shift = signed ? 0 : half;
  return { qmin: lowest + shift, qmax: half - 1 + shift };
}

/** How a scale computed in float64 is stored: a float32 number, never 0. */
export type StoreScale = (exact: number) => number;

/**
 * Our own rule: scale and zero point from the range of the values. The scale is computed in float64 and stored. A range of
 * zeros has scale 1 and the zero point of a symmetric grid.
 * @param fixed a scale that is given instead of being computed
 * @source ONNX QuantizeLinear for the use of the parameters; ranges as in the ONNX and TFLite quantization specifications
 */
export function integerRule(grid: IntegerGrid, store: StoreScale, fixed?: number): ParamRule {
  const symmetric = (range: Range) => symmetricParams(grid, range, store, fixed);
  const asymmetric = (range: Range) => asymmetricParams(grid, range, store, fixed);
  return grid.symmetric ? symmetric : asymmetric;
}

function symmetricParams(
  { bits, signed }: IntegerGrid,
  { lo, hi }: Range,
  store: StoreScale,
  fixed: number | undefined,
): QuantParams {
  const half = 2 ** (bits - 1);
  const absMax = Math.max(Math.abs(lo), Math.abs(hi));
  return { scale: store(fixed ?? absMax / (half - 1)), zeroPoint: signed ? 0 : half };
}

function asymmetricParams(
  grid: IntegerGrid,
  range: Range,
  store: StoreScale,
  fixed: number | undefined,
): QuantParams {
  const { qmin, qmax } = codeRange(grid);
  const isIn = grid.zero === 'in';
  const lo = isIn ? Math.min(range.lo, 0) : range.lo;
  const hi = isIn ? Math.max(range.hi, 0) : range.hi;
  if (lo === 0 && hi === 0) return { scale: store(fixed ?? 1), zeroPoint: 0 };
  const scale = store(fixed ?? (hi - lo) / (qmax - qmin));
  if (!isIn) return { scale, zeroPoint: qmin + stepsTo(lo, scale) };
  return { scale, zeroPoint: zeroPointFor(lo, scale, { qmin, qmax }) };
}

/** The zero point for which the lowest value, 0 or less, gets the lowest code; one of the codes. */
export function zeroPointFor(lo: number, scale: number, { qmin, qmax }: CodeRange): number {
  return Math.min(Math.max(qmin + stepsTo(lo, scale), qmin), qmax);
}

function stepsTo(lo: number, scale: number): number {
  return roundHalfEven(Math.fround(Math.fround(-lo) / scale));
}
