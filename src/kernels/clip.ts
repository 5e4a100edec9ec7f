import type { ParamRule, QuantParams, Range } from '../quant/arithmetic';
import type { Candidate } from '../quant/calibration/calibrator';
import type { CodeRange } from '../quant/grids/integer';
import { integerCodec } from '../quant/grids/integerCodec';
import { areAffineParams } from './affine';
import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';

/** What is searched: see `ClipSearchOptions` of src/quant/calibration/clipSearch.ts. */
export interface ClipKernelOptions {
  readonly grid: number;
  readonly shrink: number;
  readonly norm: 2 | 2.4;
  readonly params: ParamRule;
  /** Codes of the usual codec: x / s, half to even, zero point after. */
  readonly codes: CodeRange;
  /** Whether all losses are wanted; else candidates that cannot win are given up. */
  readonly hasCurve: boolean;
}

/** What the search found. */
export interface ClipFound {
  readonly range: Range;
  readonly params: QuantParams;
  /** Losses within 2^-16 of themselves; empty when they were not asked for. */
  readonly curve: readonly Candidate[];
}

/**
 * How far a loss of the kernel may lie from the twin's, relatively: 2^-18 for the float32 sums of a block, 2^-19 for
 * the power, each rounded up.
 */
const lossBound = 2 ** -16;
/** A loss that is no more than this times the least may be the least in truth. */
const margin = 1 + 4 * lossBound;

/** Losses between which float32 squares and powers of errors keep their digits; by value. */
const leastLoss = 1e-24;
const mostLoss = 1e30;
/** Scales whose errors do so. */
const leastScale = 1e-9;
const mostScale = 1e9;

/** See `Kernels.clipSearch`. */
export function clipSearch(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, options }: { values: Float32Array; options: ClipKernelOptions },
): ClipFound | null {
  const { length } = values;
  const address = memory.addressOf('input', values);
  const whole = rangeOf(wasm, memory, { address, length });
  if (!whole) return null;
  const losses = lossesOf(wasm, memory, { address, length, options, whole });
  if (!losses) return null;
  const place = placeOfLeast(losses);
  const least = losses[place]!;
  if (!(least / length >= leastLoss && least / length <= mostLoss)) return null;
  const trialAt = (i: number) => trialOf(options, whole, i);
  const near = placesBelow(losses, least * margin).map(trialAt);
  const best =
    near.length === 1 ? near[0] : nearest(memory.float32(address, length), near, options);
  if (!best) return null;
  const { range, params } = best;
  const curve = options.hasCurve
    ? Array.from(losses, (loss, i): Candidate => [trialAt(i).share, loss])
    : [];
  return { range, params, curve };
}

function placeOfLeast(losses: Float64Array): number {
  let place = 0;
  for (let i = 1; i < losses.length; i++) if (losses[i]! < losses[place]!) place = i;
  return place;
}

function placesBelow(losses: Float64Array, limit: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < losses.length; i++) if (losses[i]! <= limit) places.push(i);
  return places;
}

interface Trial {
  readonly share: number;
  readonly range: Range;
  readonly params: QuantParams;
}

/** Candidate i, as the twin makes it. */
function trialOf({ grid, params }: ClipKernelOptions, { lo, hi }: Range, i: number): Trial {
  const share = 1 - i / grid;
  const p = Math.fround(share);
  const range = { lo: Math.fround(p * lo), hi: Math.fround(p * hi) };
  return { share, range, params: params(range) };
}

/** Zero has a code: values that pad the last sixteen have no error then. */
function isKnown(params: QuantParams, { qmin, qmax }: CodeRange): boolean {
  const { scale, zeroPoint, inverse } = params;
  const isUsual = scale >= leastScale && scale <= mostScale && inverse === undefined;
  return isUsual && areAffineParams(params) && zeroPoint >= qmin && zeroPoint <= qmax;
}

/** The range of values that are all finite; null when they are not, or there are none. */
function rangeOf(
  wasm: KernelExports,
  memory: KernelMemory,
  { address, length }: { address: number; length: number },
): Range | null {
  const at = memory.scratch('range', 8);
  if (length === 0 || !wasm.finiteRange(address, length, at)) return null;
  const [lo, hi] = memory.float32(at, 2);
  return { lo: lo!, hi: hi! };
}

interface Search {
  readonly address: number;
  readonly length: number;
  readonly options: ClipKernelOptions;
  readonly whole: Range;
}

/**
 * The loss of each candidate, infinite where it was given up; null when the kernel does not know the parameters of one.
 */
function lossesOf(
  wasm: KernelExports,
  memory: KernelMemory,
  { address, length, options, whole }: Search,
): Float64Array | null {
  const { codes, hasCurve, norm, grid, shrink } = options;
  const count = Math.max(Math.trunc(shrink * grid), 1);
  const at = memory.scratch('trials', 20 * count);
  const table = memory.float32(at + 8 * count, 3 * count);
  for (let i = 0; i < count; i++) {
    const { params } = trialOf(options, whole, i);
    if (!isKnown(params, codes)) return null;
    table[3 * i] = params.scale;
    table[3 * i + 1] = codes.qmin - params.zeroPoint;
    table[3 * i + 2] = codes.qmax - params.zeroPoint;
  }
  const factor = hasCurve ? Infinity : margin;
  wasm.clipLosses(address, length, at + 8 * count, count, factor, Number(norm === 2.4), at);
  return memory.float64(at, count);
}

/**
 * The first trial with the least loss, of those that the kernel could not tell apart; undefined when float64 cannot
 * either. The twin's powers are good to 1e-13; its sums and these lose 2^-53 with each value at most.
 */
function nearest(
  values: Float32Array,
  trials: readonly Trial[],
  { codes, norm }: ClipKernelOptions,
): Trial | undefined {
  const losses = trials.map(({ params }) => preciseLoss(values, params, { codes, norm }));
  const least = losses.indexOf(losses.reduce((a, b) => Math.min(a, b)));
  const best = trials[least]!;
  const limit = losses[least]! * (1 + 4e-13 + values.length * 2 ** -51);
  const isClear = trials.every(
    ({ params }, i) => losses[i]! > limit || isSame(params, best.params),
  );
  return isClear ? best : undefined;
}

/** Candidates that come to the same parameters have the same loss, and the first of them wins. */
function isSame(a: QuantParams, b: QuantParams): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

function preciseLoss(
  values: Float32Array,
  params: QuantParams,
  { codes, norm }: Pick<ClipKernelOptions, 'codes' | 'norm'>,
): number {
  const { length } = values;
  const out = {
    codes: new Int32Array(length),
    results: new Float32Array(length),
    clipped: new Uint8Array(length),
  };
  const codec = integerCodec({
    ...codes,
    rounding: { kind: 'even' },
    division: 'divide',
    zeroPoint: 'after',
  });
  codec.quantize({ values, from: 0, to: length, index: 0, stride: 1 }, params, out);
  let loss = 0;
  for (let i = 0; i < length; i++)
    loss += Math.abs(Math.fround(out.results[i]! - values[i]!)) ** norm;
  return loss;
}
