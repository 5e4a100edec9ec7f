import type { ReducedMap } from '../../src/checkpoints/storedView';
import { formatCount } from '../format';

/** What a heat map is drawn of: figures of the rectangles of a matrix. */
export interface HeatCells {
  /** Of the matrix. */
  readonly shape: readonly [rows: number, cols: number];
  readonly rows: number;
  readonly cols: number;
  /** Row-major [rows, cols]; null or NaN where nothing is finite. */
  readonly means: ArrayLike<number | null>;
}

/**
 * The parameters [from, to) that cell `index` of `cells` is the mean of, along an axis of `length`: parameter i is in
 * cell floor(i * cells / length).
 */
export function cellRange(
  index: number,
  cells: number,
  length: number,
): { readonly from: number; readonly to: number } {
  return {
    from: Math.ceil((index * length) / cells),
    to: Math.ceil(((index + 1) * length) / cells),
  };
}

/** `row 12`, or `rows 12 … 15` where a cell stands for several; counted from 0. */
export function rangeText(noun: string, index: number, axis: readonly [number, number]): string {
  const { from, to } = cellRange(index, ...axis);
  if (to - from === 1) return `${noun} ${formatCount(from)}`;
  return `${noun}s ${formatCount(from)} … ${formatCount(to - 1)}`;
}

/** Where the cell at row-major `index` of a map is: `rows 0 … 3, group 5`. */
export function cellText({ shape, rows, cols }: ReducedMap, index: number): string {
  const row = rangeText('row', Math.floor(index / cols), [rows, shape[0]]);
  return `${row}, ${rangeText('group', index % cols, [cols, shape[1]])}`;
}

/** Whether cells are means of several parameters. */
export function isReduced({ shape, rows, cols }: ReducedMap): boolean {
  return rows < shape[0] || cols < shape[1];
}

/** Lowest and highest mean; null where nothing is finite. */
export function extentOf({
  means,
}: Pick<HeatCells, 'means'>): readonly [low: number, high: number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < means.length; i++) {
    const mean = means[i];
    if (mean === null || mean === undefined || Number.isNaN(mean)) continue;
    low = Math.min(low, mean);
    high = Math.max(high, mean);
  }
  return low <= high ? [low, high] : null;
}
