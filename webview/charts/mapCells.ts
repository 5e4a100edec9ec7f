import type { ReducedMap } from '../../src/checkpoints/storedView';
import { groupsText, rowsText } from '../places';

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

/** Which rows the cells in row `row` of a map stand for. */
export function mapRowsText({ shape, rows }: ReducedMap, row: number): string {
  const { from, to } = cellRange(row, rows, shape[0]);
  return rowsText(from, to);
}

/** Which groups the cells in column `col` of a map stand for. */
export function mapGroupsText({ shape, cols }: ReducedMap, col: number): string {
  const { from, to } = cellRange(col, cols, shape[1]);
  return groupsText(from, to);
}

/** Where the cell at row-major `index` of a map is: `rows 0 … 3, group 5`. */
export function cellText(map: ReducedMap, index: number): string {
  const row = Math.floor(index / map.cols);
  return `${mapRowsText(map, row)}, ${mapGroupsText(map, index % map.cols)}`;
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
