import { throwIfCancelled, WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import type { Decoder, StoredParams } from './layout';

/** A list of numbers as a screen shows it. Figures are over the finite ones. */
export interface Distribution {
  readonly count: number;
  /** NaN and infinities, which are no parameters. */
  readonly nonFinite: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Counts in equal bins from min to max; empty where all are equal. */
  readonly bins: readonly number[];
}

/** A matrix of parameters reduced to what a screen shows: means of rectangles. */
export interface ReducedMap {
  /** Of the parameters. */
  readonly shape: readonly [rows: number, cols: number];
  readonly rows: number;
  readonly cols: number;
  /** Row-major [rows, cols]; null where nothing is finite. */
  readonly means: readonly (number | null)[];
}

/** How often each code occurs. */
export interface CodeHistogram {
  readonly first: number;
  /** By code, from the first on. */
  readonly counts: readonly number[];
  readonly used: number;
  /** Codes that stand for a value. */
  readonly available: number;
  /** The codes of the lowest and the highest value that a code stands for, and how many weights have them. */
  readonly ends: readonly [lowest: number, highest: number];
  readonly lowest: number;
  readonly highest: number;
}

/** The stored parameters and codes of a weight, no larger than a screen needs. */
export interface StoredView {
  readonly scale: Distribution;
  readonly zeroPoint: Distribution | null;
  readonly bias: Distribution | null;
  readonly shift: Distribution | null;
  /** Of super-blocks, where the scales are steps of theirs. */
  readonly superScale: Distribution | null;
  readonly superMin: Distribution | null;
  readonly scaleMap: ReducedMap;
  readonly zeroPointMap: ReducedMap | null;
  readonly codes: CodeHistogram;
  /** What a person should look at: each a sentence. */
  readonly notes: readonly string[];
}

const binCount = 64;
const mostCells = 96;
/** Weights of a row at most, for a row is decoded at once. */
const longestRow = 2 ** 26;
/** Codes that are decoded at a time. */
const codesAtOnce = 2 ** 20;

/** How the work is followed. */
export interface ViewOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads all codes of a weight once.
 * @throws WeightError 'cancelled', or what reading throws
 */
export async function storedView(
  entry: TensorEntry,
  decoder: Decoder,
  options: ViewOptions = {},
): Promise<StoredView> {
  const { params } = decoder;
  const optional = (values: Float32Array | null) => values && distributionOf(values);
  const codes = await countCodes(entry, decoder, options);
  return {
    scale: distributionOf(params.scale),
    zeroPoint: optional(params.zeroPoint),
    bias: optional(params.bias),
    shift: optional(params.shift),
    superScale: optional(params.superBlocks?.scale ?? null),
    superMin: optional(params.superBlocks?.min ?? null),
    scaleMap: reduced(params.scale, params),
    zeroPointMap: params.zeroPoint && reduced(params.zeroPoint, params),
    codes,
    notes: decoder.notes ?? [],
  };
}

/** Figures of a list of parameters. */
export function distributionOf(values: ArrayLike<number>): Distribution {
  let [min, max, sum, finite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (!Number.isFinite(x)) continue;
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
    finite++;
  }
  const count = values.length;
  const nonFinite = count - finite;
  if (finite === 0) return { count, nonFinite, min: null, max: null, mean: null, bins: [] };
  return { count, nonFinite, min, max, mean: sum / finite, bins: binsOf(values, min, max) };
}

function binsOf(values: ArrayLike<number>, min: number, max: number): number[] {
  if (min === max) return [];
  const bins = new Array<number>(binCount).fill(0);
  const perBin = binCount / (max - min);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - min) * perBin);
    if (Number.isFinite(bin)) bins[Math.min(bin, binCount - 1)]!++;
  }
  return bins;
}

/** The parameters' shape as a matrix: the last axis is the groups. */
function reduced(values: Float32Array, { shape }: StoredParams): ReducedMap {
  const width = Math.max(1, shape.length > 1 ? shape.at(-1)! : 1);
  const height = Math.max(1, Math.floor(values.length / width));
  const [rows, cols] = [Math.min(height, mostCells), Math.min(width, mostCells)];
  const sums = new Float64Array(rows * cols);
  const counts = new Float64Array(rows * cols);
  for (let i = 0; i < height * width; i++) {
    const x = values[i]!;
    if (!Number.isFinite(x)) continue;
    const row = Math.floor((Math.floor(i / width) * rows) / height);
    const cell = row * cols + Math.floor(((i % width) * cols) / width);
    sums[cell]! += x;
    counts[cell]!++;
  }
  const means = Array.from(sums, (sum, i) => (counts[i] === 0 ? null : sum / counts[i]!));
  return { shape: [height, width], rows, cols, means };
}

async function countCodes(
  { name, shape, count }: TensorEntry,
  decoder: Decoder,
  { signal }: ViewOptions,
): Promise<CodeHistogram> {
  const { first, count: length, available = length } = decoder.codes;
  const ends = decoder.codes.ends ?? [first, first + length - 1];
  const inner = Math.max(1, shape.at(-1) ?? 1);
  const height = count / inner;
  if (inner > longestRow)
    throw new WeightError(
      'over-limit',
      `${quote(name)} has rows of ${inner} weights: codes are counted of rows of at most ${longestRow}`,
      { tensor: name, expected: longestRow, actual: inner },
    );
  const rows = Math.max(1, decoder.rowsAtOnce ?? 1, Math.floor(codesAtOnce / inner));
  const codes = new Int32Array(Math.min(rows, height) * inner);
  const counts = new Float64Array(length);
  for (let row = 0; row < height; row += rows) {
    const block = { row, rows: Math.min(rows, height - row) };
    const own = codes.subarray(0, block.rows * inner);
    await decoder.codesOf(block, own);
    throwIfCancelled(signal);
    for (let i = 0; i < own.length; i++) counts[own[i]! - first]!++;
  }
  return {
    first,
    counts: Array.from(counts),
    used: counts.reduce((n, c) => n + Number(c > 0), 0),
    available,
    ends,
    lowest: counts[ends[0] - first] ?? 0,
    highest: counts[ends[1] - first] ?? 0,
  };
}
