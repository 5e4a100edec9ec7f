import type { Matrix } from '../../base/tile';
import type { Values } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { Granularity } from '../scheme';
import type { Looker } from './chunks';
import type { Method } from './method';

/** Segments (weights that share parameters) whose values follow each other in the tensor. */
export interface Runs {
  readonly kind: 'runs';
  /** Weights of a segment; the last of a row, or of the tensor when they are flat, may be short. */
  readonly width: number;
  /** Whether segments are counted through the tensor without regard to its rows. */
  readonly flat: boolean;
}

/** Segments whose values lie scattered, or too many to be held: what is known of each is gathered pass by pass. */
export interface Scattered {
  readonly kind: 'scattered';
  readonly granularity: Granularity;
}

/** More values than this of one segment are not held in memory at a time (4 MiB of float32). */
const mostHeld = 2 ** 20;

/**
 * How the segments of a granularity lie in a matrix.
 * @param sampled whether chunks have gaps between them: then a tensor or a row does not come in one piece
 */
export function layoutOf(
  granularity: Granularity,
  matrix: Matrix,
  sampled: boolean,
): Runs | Scattered {
  const { rows, cols } = matrix;
  const { kind } = granularity;
  const width = widthOf(granularity, matrix);
  if (width <= mostHeld && (kind === 'group' || !sampled))
    return { kind: 'runs', width, flat: width === rows * cols };
  return { kind: 'scattered', granularity };
}

/** Weights of a segment that lies in one piece; infinite when it does not. */
function widthOf(granularity: Granularity, { rows, cols }: Matrix): number {
  switch (granularity.kind) {
    case 'tensor':
      return rows * cols;
    case 'channel':
      return granularity.axis === 0 ? cols : rows === 1 ? 1 : Infinity;
    case 'group':
      return Math.min(granularity.size, cols);
    case 'block':
      return Infinity;
  }
}

/** Segments as [out, groups], the order in which they are numbered. */
export function segmentShape(granularity: Granularity, { rows, cols }: Matrix): [number, number] {
  switch (granularity.kind) {
    case 'tensor':
      return [1, 1];
    case 'channel':
      return granularity.axis === 0 ? [rows, 1] : [1, cols];
    case 'group':
      return [rows, Math.ceil(cols / granularity.size)];
    case 'block':
      return [Math.ceil(rows / granularity.rows), Math.ceil(cols / granularity.cols)];
  }
}

/** Segments of a method as [out, groups]: flat groups that do not divide the rows make one row. */
export function methodShape(
  { granularity, flat }: Pick<Method, 'granularity' | 'flat'>,
  matrix: Matrix,
): [number, number] {
  if (flat && granularity.kind === 'group' && matrix.cols % granularity.size !== 0)
    return [1, Math.ceil((matrix.rows * matrix.cols) / granularity.size)];
  return segmentShape(granularity, matrix);
}

/** The number of the segment that holds element `index`, and where it begins and ends. */
export function runAt(
  { width, flat }: Runs,
  matrix: Matrix,
  index: number,
): { segment: number; start: number; end: number } {
  const { rows, cols } = matrix;
  if (flat) {
    const segment = Math.floor(index / width);
    return { segment, start: segment * width, end: Math.min((segment + 1) * width, rows * cols) };
  }
  const row = Math.floor(index / cols);
  const group = Math.floor((index - row * cols) / width);
  return {
    segment: row * Math.ceil(cols / width) + group,
    start: row * cols + group * width,
    end: row * cols + Math.min((group + 1) * width, cols),
  };
}

/** Takes the values at [from, to), consecutive whole segments; `index` is the number of the first. */
export type OnSpan = (values: Values, from: number, to: number, index: number) => void;

/**
 * Cuts chunks into spans of whole segments. What is left at a chunk's end waits for the next chunk; where chunks do not
 * follow each other (a sampled tensor), or the pass ends, it is taken as it is.
 */
export function wholeSegments(runs: Runs, matrix: Matrix, onSpan: OnSpan): Looker {
  const { width } = runs;
  let held: Values = new Float32Array(0);
  let heldCount = 0;
  let heldIndex = 0;

  const release = () => {
    if (heldCount > 0) onSpan(held, 0, heldCount, heldIndex);
    heldCount = 0;
  };
  const hold = (values: Values, from: number, to: number, index: number) => {
    if (heldCount === 0) {
      heldIndex = index;
      const Floats = values instanceof Float64Array ? Float64Array : Float32Array;
      if (held.length < width || !(held instanceof Floats)) held = new Floats(width);
    }
    held.set(values.subarray(from, to), heldCount);
    heldCount += to - from;
  };

  return {
    add(chunk) {
      const { index } = chunk;
      const { length } = chunk.values;
      let from = 0;
      if (heldCount > 0) {
        if (index !== heldIndex + heldCount) release();
        else {
          const { end } = runAt(runs, matrix, heldIndex);
          from = Math.min(end - index, length);
          hold(chunk.values, 0, from, index);
          if (index + from < end) return;
          release();
        }
      }
      // Taken anew after each span and before the next: a kernel may have moved them.
      const { values } = chunk;
      const to = lastWhole(runs, matrix, index, length);
      if (to < length) hold(values, Math.max(from, to), length, index + Math.max(from, to));
      if (to > from) onSpan(values, from, to, index + from);
    },
    finish() {
      release();
      return true;
    },
  };
}

/** Where in a chunk its last whole segment ends. */
function lastWhole(runs: Runs, matrix: Matrix, index: number, length: number): number {
  const end = index + length;
  const last = runAt(runs, matrix, end - 1);
  if (last.end === end) return length;
  return Math.max(0, last.start - index);
}

/** Visits a stretch of a chunk: positions from, from + stride, ... below to, all of one segment. */
export type OnStretch = (segment: number, from: number, to: number, stride: number) => void;

/** Visits the stretches of a chunk, segment by segment. */
export function eachStretch(
  { granularity }: Scattered,
  { cols }: Matrix,
  { values, index }: Chunk,
  visit: OnStretch,
): void {
  const { length } = values;
  if (granularity.kind === 'tensor') {
    visit(0, 0, length, 1);
    return;
  }
  if (granularity.kind === 'channel' && granularity.axis === 1) {
    for (let i = 0; i < Math.min(cols, length); i++) visit((index + i) % cols, i, length, cols);
    return;
  }
  const block = rectangleOf(granularity, cols);
  const perRow = Math.ceil(cols / block.cols);
  for (let i = 0; i < length; ) {
    const row = Math.floor((index + i) / cols);
    const col = index + i - row * cols;
    const across = Math.floor(col / block.cols);
    const end = Math.min(i + Math.min((across + 1) * block.cols, cols) - col, length);
    visit(Math.floor(row / block.rows) * perRow + across, i, end, 1);
    i = end;
  }
}

/** The rectangle of a segment that is neither the whole tensor nor a column. */
function rectangleOf(granularity: Granularity, cols: number): { rows: number; cols: number } {
  if (granularity.kind === 'block') return granularity;
  return { rows: 1, cols: granularity.kind === 'group' ? granularity.size : cols };
}

/** Elements of a segment: of the rows [row, row + rows) those in [col, col + cols), and of them those of [from, to). */
export interface SegmentPlace {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
  /** Numbers in the tensor, row-major: a group that is counted without regard to rows is cut out of its rows by them. */
  readonly from: number;
  readonly to: number;
}

/** Where a segment lies. @param shape of all segments, as `methodShape` gives it */
export function segmentPlace(
  { granularity, shape }: { granularity: Granularity; shape: readonly [number, number] },
  matrix: Matrix,
  segment: number,
): SegmentPlace {
  const { rows, cols } = matrix;
  const all = { from: 0, to: rows * cols };
  const isFlat = granularity.kind === 'group' && shape[0] === 1 && rows > 1;
  if (isFlat) {
    const from = segment * granularity.size;
    const to = Math.min(from + granularity.size, rows * cols);
    const row = Math.floor(from / cols);
    return { row, rows: Math.floor((to - 1) / cols) + 1 - row, col: 0, cols, from, to };
  }
  const [down, across] = [Math.floor(segment / shape[1]), segment % shape[1]];
  switch (granularity.kind) {
    case 'tensor':
      return { row: 0, rows, col: 0, cols, ...all };
    case 'channel':
      return granularity.axis === 0
        ? { row: down, rows: 1, col: 0, cols, ...all }
        : { row: 0, rows, col: across, cols: 1, ...all };
    default: {
      const block = rectangleOf(granularity, cols);
      const [row, col] = [down * block.rows, across * block.cols];
      const height = Math.min(block.rows, rows - row);
      return { row, rows: height, col, cols: Math.min(block.cols, cols - col), ...all };
    }
  }
}
