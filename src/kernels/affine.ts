import type { Quantized, QuantParams } from '../quant/arithmetic';
import { type CodeRange, codeRange, type IntegerGrid } from '../quant/grids/integer';
import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';
import {
  type KernelSums,
  prepareParams,
  prepareSums,
  type SegmentSums,
  takeParams,
  takeSums,
} from './sums';

/** Values, the length of their segments and the grid. */
export interface AffineSegments {
  readonly values: Float32Array;
  /** Weights of a segment; the last may be short. */
  readonly width: number;
  readonly grid: IntegerGrid;
  /** Whether the codes are counted; true when absent. */
  readonly counted?: boolean;
}

/** Values and the parameters that are theirs. */
export interface AffineValues {
  readonly values: Float32Array;
  /** A positive finite scale and a whole zero point. */
  readonly params: QuantParams;
  readonly grid: IntegerGrid;
  readonly counted?: boolean;
}

/** Values and what quantizes them one by one. */
export interface CodedValues {
  readonly values: Float32Array;
  readonly params: QuantParams;
  readonly codes: CodeRange;
}

/** Zero points beyond this are not added to a float32 number without rounding. */
const mostZeroPoint = 2 ** 22;

/** Whether the kernels know a grid: its range holds 0. */
export function isAffineGrid({ symmetric, zero }: IntegerGrid): boolean {
  return symmetric || zero === 'in';
}

/** See `Kernels.affineSegments`. */
export function affineSegments(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, width, grid, counted = true }: AffineSegments,
): SegmentSums {
  if (!isAffineGrid(grid)) throw new TypeError('a free range has no kernel');
  if (!(width >= 1)) throw new RangeError('a segment has at least one value');
  const { qmin, qmax } = codeRange(grid);
  // First: scratch may grow the memory, which detaches values that lie there.
  const { length } = values;
  const address = memory.addressOf('input', values);
  const segments = Math.ceil(length / width);
  const room = prepareSums(memory, { codes: qmax - qmin + 1, counted });
  const params = prepareParams(memory, segments);
  const half = 2 ** (grid.bits - 1);
  wasm.affineSegments(
    address,
    length,
    Math.min(width, Math.max(length, 1)),
    qmin,
    qmax,
    grid.symmetric ? half - 1 : 0,
    grid.signed ? 0 : half,
    params,
    room.sums,
    room.counts,
  );
  return { ...takeSums(memory, room), ...takeParams(memory, params, segments) };
}

/** See `Kernels.affineApply`. */
export function affineApply(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, params, grid, counted = true }: AffineValues,
): KernelSums {
  const { qmin, qmax } = codeRange(grid);
  const { scale, zeroPoint } = checked(params);
  const { length } = values;
  const address = memory.addressOf('input', values);
  const room = prepareSums(memory, { codes: qmax - qmin + 1, counted });
  const { sums, counts } = room;
  wasm.affineApply(address, length, scale, zeroPoint, qmin, qmax, sums, counts);
  return takeSums(memory, room);
}

/** See `Kernels.affineCodes`. */
export function affineCodes(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, params, codes }: CodedValues,
): Quantized {
  const { length } = values;
  const { scale, zeroPoint } = checked(params);
  const { qmin, qmax } = codes;
  const address = memory.addressOf('input', values);
  const at = memory.scratch('codes', 9 * length);
  const results = at + 4 * length;
  const clipped = at + 8 * length;
  wasm.affineCodes(address, length, scale, zeroPoint, qmin, qmax, at, results, clipped);
  return {
    codes: new Int32Array(memory.buffer, at, length),
    results: memory.float32(results, length),
    clipped: memory.bytes(clipped, length),
  };
}

/** Whether the kernels can quantize by these parameters. */
export function areAffineParams({ scale, zeroPoint }: QuantParams): boolean {
  const isWhole = Number.isInteger(zeroPoint) && Math.abs(zeroPoint) <= mostZeroPoint;
  return scale > 0 && scale < Infinity && Math.fround(scale) === scale && isWhole;
}

function checked(params: QuantParams): QuantParams {
  if (!areAffineParams(params)) throw new RangeError('these parameters have no kernel');
  return params;
}
