import { WeightError } from '../base/errors';
import type { Matrix } from '../base/tile';
import type { Range } from '../quant/arithmetic';
import { bitsPerWeight } from '../quant/bitsPerWeight';
import { type ErrorFigures, errorFigures } from '../quant/errorReport';
import { addErrors, noErrors } from '../quant/errorSums';
import { misfit } from '../quant/misfit';
import type { Rounding } from '../quant/rounding';
import type { Settled } from '../quant/run/method';
import { SchemeRun } from '../quant/run/schemeRun';
import { largestFloat16 } from '../quant/run/scratch';
import type { Calibration, Outliers, Scheme } from '../quant/scheme';
import { parseScheme, printScheme } from '../quant/schemeText';
import { Capture, type Captured } from './capture';
import { codingColumns } from './columns';

/** What a column holds, and by which rule it follows from those before it. The rule's numbers are in the segments. */
export type StepRule =
  /** Values taken out first; null for the others. */
  | { readonly kind: 'keep'; readonly outliers: Outliers }
  /** Where a value lies: -1 below the calibrated range, 0 in it, 1 above it. */
  | { readonly kind: 'range'; readonly calibration: Calibration }
  /** Each value's scale and zero point, where not all values share them. */
  | { readonly kind: 'scale' | 'zero-point' }
  /** x over the largest, or the mean, magnitude of its segment's range. */
  | { readonly kind: 'normalize'; readonly by: 'largest' | 'mean' }
  /** The normalized value times the largest level: x over the scale. */
  | { readonly kind: 'target'; readonly largest: number }
  | { readonly kind: 'divide'; readonly by: 'scale' | 'reciprocal' }
  | { readonly kind: 'add-zero' }
  | { readonly kind: 'round'; readonly rounding: Rounding }
  /** Codes. */
  | { readonly kind: 'saturate'; readonly qmin: number; readonly qmax: number }
  /** The level that was found among so many. */
  | {
      readonly kind: 'level';
      readonly rounding: Rounding;
      readonly tie: 'lower' | 'even';
      readonly levels: number;
    }
  /** The 16 bits of a float. */
  | { readonly kind: 'cast'; readonly format: 'fp16' | 'bf16' }
  /** Codes that a format found by a search of its own. */
  | { readonly kind: 'search' }
  /** x^: by steps of an integer, a level or a format, or from the bits of a cast. */
  | { readonly kind: 'dequantize'; readonly by: 'steps' | 'level' | 'format' | 'bits' }
  /** x - x^ */
  | { readonly kind: 'error' };

/** Figures of the values. Typed arrays: on their way to a page others lose NaN and infinities. */
export interface StepFiguresOfValues {
  readonly values: Float64Array;
  /** Values that the step does not concern: their figure means nothing. */
  readonly without: readonly number[];
}

/** One step. */
export type StepColumn = StepRule & StepFiguresOfValues;

/** Figures of which some are missing. */
export function figuresOfValues(figures: readonly (number | null)[]): StepFiguresOfValues {
  return {
    values: Float64Array.from(figures, x => x ?? 0),
    without: figures.flatMap((x, i) => (x === null ? [i] : [])),
  };
}

/** What weights that share parameters were given. */
export interface StepSegment {
  /** Null where the grid has no scale. */
  readonly scale: number | null;
  readonly zeroPoint: number | null;
  /** What the grid was laid over; null where the format does not say. */
  readonly range: Range | null;
}

/** Losses of the thresholds that a calibration tried. */
export interface StepCurve {
  readonly calibration: 'entropy' | 'mse';
  readonly thresholds: Float64Array;
  readonly losses: Float64Array;
  /** Index of the one that was chosen. */
  readonly chosen: number;
}

/** Error figures of the values that are watched. */
export interface StepFigures extends ErrorFigures {
  /** Null where these values are a part of a tensor. */
  readonly bitsPerWeight: number | null;
  readonly kept: number;
}

/** Quantization of a few values, step by step. */
export interface Steps {
  /** The scheme's shortest text. */
  readonly scheme: string;
  /** Number of the first value in its tensor. */
  readonly index: number;
  readonly cols: number;
  readonly values: Float64Array;
  readonly columns: readonly StepColumn[];
  readonly segments: readonly StepSegment[];
  /** By value: index into `segments`. */
  readonly segmentOf: readonly number[];
  /** By value: what happened to it. `lost`: it was not 0 and has become 0. */
  readonly fate: readonly ('kept' | 'clipped' | 'lost' | null)[];
  readonly curve: StepCurve | null;
  readonly figures: StepFigures;
}

/**
 * Quantizes values that are a tensor of their own.
 * @param text a scheme
 * @param values row by row, as float32
 * @throws WeightError 'unsupported' for a bad scheme, and for one that does not fit so few values
 */
export function stepsOfValues(text: string, values: readonly number[], rows = 1): Steps {
  const scheme = parseScheme(text);
  const matrix = { rows, cols: values.length / rows };
  const run = openRun(scheme, matrix);
  const capture = new Capture(run, matrix, { index: 0, count: values.length });
  run.listen(capture);
  const floats = Float32Array.from(values);
  do run.add({ values: floats.slice(), index: 0 });
  while (!run.finish());
  return explain(scheme, capture.captured, matrix, true);
}

/**
 * A run of a scheme over a matrix.
 * @throws WeightError 'unsupported' when the scheme cannot be laid over it
 */
export function openRun(scheme: Scheme, matrix: Matrix): SchemeRun {
  const reason = misfit(scheme, matrix);
  if (reason !== null) throw new WeightError('unsupported', reason);
  return new SchemeRun(scheme, matrix, false);
}

/**
 * The steps of what a run did.
 * @param isWhole whether all values of the tensor are there
 */
export function explain(
  scheme: Scheme,
  captured: Captured,
  matrix: Matrix,
  isWhole: boolean,
): Steps {
  const { index, values, segments, segmentOf } = captured;
  return {
    scheme: printScheme(scheme),
    index,
    cols: matrix.cols,
    values,
    columns: columnsOf(scheme, captured),
    segments: segments.map(({ params, range }) => ({
      scale: params?.scale ?? null,
      zeroPoint: params?.zeroPoint ?? null,
      // A scale that is given is laid over nothing.
      range: range && scheme.calibration.kind !== 'scale' ? rangeOfGrid(scheme, range) : null,
    })),
    segmentOf: [...segmentOf],
    fate: Array.from(values, (_, i) => fateOf(captured, i)),
    curve: curveOf(scheme, segments),
    figures: figuresOf(scheme, captured, isWhole ? matrix : null),
  };
}

function columnsOf(scheme: Scheme, captured: Captured): StepColumn[] {
  const { values, results, kept, segments, segmentOf } = captured;
  const { outliers, calibration, grid } = scheme;
  const eachOf = (of: (i: number) => number | null) =>
    figuresOfValues(Array.from(values, (_, i) => of(i)));
  const keep = outliers && ({ kind: 'keep', outliers } as const);
  const by = grid.kind === 'integer' ? 'steps' : byOf(grid.kind);
  const isShared = segments.length === 1 || grid.kind === 'cast';
  const hasZero = segments.some(s => s.params && s.params.zeroPoint !== 0);
  const paramOf = (i: number) => (kept[i] === 1 ? null : segments[segmentOf[i]!]!.params);
  const scales = eachOf(i => paramOf(i)?.scale ?? null);
  const zeroPoints = eachOf(i => paramOf(i)?.zeroPoint ?? null);
  return [
    ...(keep ? [{ ...keep, ...eachOf(i => (kept[i] === 1 ? results[i]! : null)) }] : []),
    ...(hidesRange(calibration) ? [] : rangeColumn(scheme, captured)),
    ...(isShared ? [] : [{ kind: 'scale', ...scales } as const]),
    ...(isShared || !hasZero ? [] : [{ kind: 'zero-point', ...zeroPoints } as const]),
    ...codingColumns(scheme, captured),
    { kind: 'dequantize', by, ...eachOf(i => results[i]!) },
    { kind: 'error', ...eachOf(i => values[i]! - results[i]!) },
  ];
}

function byOf(kind: 'named' | 'levels' | 'cast' | 'format') {
  return kind === 'cast' ? 'bits' : kind === 'format' ? 'format' : 'level';
}

/** Nothing lies outside the range of the values, and these have no range, or a scale of their own. */
function hidesRange({ kind }: Calibration): boolean {
  return kind === 'minmax' || kind === 'absmean' || kind === 'scale' || kind === 'hqq';
}

/** Compared in float32: a range given by hand, as 0.3, has no float32 of its own. */
function rangeColumn(scheme: Scheme, { values, kept, segments, segmentOf }: Captured) {
  const ranges = segments.map(({ range }) => range && rangeOfGrid(scheme, range));
  const places = Array.from(values, (value, i) => {
    const range = ranges[segmentOf[i]!];
    if (!range || kept[i] === 1) return null;
    const x = Math.fround(value);
    return x < Math.fround(range.lo) ? -1 : x > Math.fround(range.hi) ? 1 : 0;
  });
  return [{ kind: 'range', calibration: scheme.calibration, ...figuresOfValues(places) } as const];
}

/** A symmetric grid reaches as far to either side, an asymmetric one to 0 at least, unless it is free as HQQ's is. */
function rangeOfGrid({ runtime, grid, symmetric, zero }: Scheme, { lo, hi }: Range): Range {
  if (symmetric) {
    const reach = Math.max(Math.abs(lo), Math.abs(hi));
    return { lo: -reach, hi: reach };
  }
  if (grid.kind === 'integer' && (zero === 'free' || runtime === 'hqq')) return { lo, hi };
  return { lo: Math.min(lo, 0), hi: Math.max(hi, 0) };
}

function fateOf({ values, results, clipped, kept }: Captured, i: number) {
  if (kept[i] === 1) return 'kept';
  if (clipped[i] === 1) return 'clipped';
  const x = values[i]!;
  return x - x === 0 && x !== 0 && results[i] === 0 ? 'lost' : null;
}

function curveOf({ calibration: { kind } }: Scheme, segments: readonly Settled[]) {
  const isEntropy = kind === 'entropy-nv' || kind === 'entropy-ort';
  const settled = segments[0];
  if (!settled?.range || !(isEntropy || kind === 'nv-mse')) return null;
  const { curve, range } = settled;
  if (curve.length === 0) return null;
  const losses = Float64Array.from(curve, ([, loss]) => loss);
  const least = losses.reduce((a, b) => (b < a ? b : a), Infinity);
  const chosen = curve.findIndex(([threshold]) => threshold === range.hi);
  return {
    calibration: isEntropy ? 'entropy' : 'mse',
    thresholds: Float64Array.from(curve, ([threshold]) => threshold),
    losses,
    // The end of the values stands for the threshold beyond it.
    chosen: chosen >= 0 ? chosen : losses.indexOf(least),
  } as const;
}

/** @param whole the matrix, when all its values are there */
function figuresOf(scheme: Scheme, captured: Captured, whole: Matrix | null): StepFigures {
  const { values, kept, segments } = captured;
  const sums = noErrors();
  addErrors(captured, 0, values.length, sums);
  const keptCount = kept.reduce((a, b) => a + b, 0);
  const keptFp32 = values.filter((x, i) => kept[i] === 1 && Math.abs(x) > largestFloat16).length;
  const counts = {
    ...{ elements: values.length, scales: segments.length },
    ...{ kept: keptCount, keptFp32 },
  };
  return {
    ...errorFigures(sums),
    bitsPerWeight: whole ? bitsPerWeight(scheme, counts) : null,
    kept: keptCount,
  };
}
