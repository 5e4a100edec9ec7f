import type { PlaceMap, Window } from '../../src/protocol/layer';

/** A click zooms in by this much in each direction. */
const zoom = 8;
/** A window is this many elements wide at least, where the matrix is. */
const leastWindow = 16;

/** The elements that a cell stands for: rows [row, rowEnd) and columns [col, colEnd). */
export interface CellSpan {
  readonly row: number;
  readonly rowEnd: number;
  readonly col: number;
  readonly colEnd: number;
}

/** What the cell at row-major `index` stands for; those at the ends may be smaller. */
export function cellSpan(map: PlaceMap, index: number): CellSpan {
  const { window, cols, rowsPerCell, colsPerCell } = map;
  const row = window.row + Math.floor(index / cols) * rowsPerCell;
  const col = window.col + (index % cols) * colsPerCell;
  return {
    row,
    rowEnd: Math.min(row + rowsPerCell, window.row + window.rows),
    col,
    colEnd: Math.min(col + colsPerCell, window.col + window.cols),
  };
}

/** The cell at a place of the picture, as fractions of its width and height; null beside it. */
export function cellAt({ rows, cols }: PlaceMap, x: number, y: number): number | null {
  const [row, col] = [Math.floor(y * rows), Math.floor(x * cols)];
  return row >= 0 && col >= 0 && row < rows && col < cols ? row * cols + col : null;
}

/** Whether every cell is a single element. */
export function isSingle({ rowsPerCell, colsPerCell }: PlaceMap): boolean {
  return rowsPerCell === 1 && colsPerCell === 1;
}

/** The smaller window around a cell that a click on it leads to. */
export function windowAround(map: PlaceMap, index: number): Window {
  const { window } = map;
  const span = cellSpan(map, index);
  const rows = stretch(window.row, window.rows, (span.row + span.rowEnd) / 2);
  const cols = stretch(window.col, window.cols, (span.col + span.colEnd) / 2);
  return { row: rows.from, rows: rows.length, col: cols.from, cols: cols.length };
}

/** The windows that lead to one: of those before it which it is in. The map clicked may be older than the last of them. */
export function trailTo(trail: readonly Window[], next: Window): Window[] {
  return [...trail.filter(outer => contains(outer, next)), next];
}

function contains(outer: Window, inner: Window): boolean {
  const isIn = (from: number, length: number, start: number, count: number) =>
    start >= from && start + count <= from + length;
  return (
    isIn(outer.row, outer.rows, inner.row, inner.rows) &&
    isIn(outer.col, outer.cols, inner.col, inner.cols)
  );
}

/** An eighth of [from, from + length) around a place, kept within it. */
function stretch(from: number, length: number, middle: number) {
  const next = Math.min(length, Math.max(leastWindow, Math.ceil(length / zoom)));
  const first = Math.round(middle - next / 2);
  return { from: Math.min(from + length - next, Math.max(from, first)), length: next };
}

/** Where a key leads from a cell; null for keys that are none of the arrows, Home and End, Page Up and Page Down. */
export function nextCell(key: string, from: number | null, map: PlaceMap): number | null {
  const { rows, cols } = map;
  if (rows * cols === 0) return null;
  const [row, col] = from === null ? [0, 0] : [Math.floor(from / cols), from % cols];
  const page = Math.max(1, Math.round(rows / 10));
  const to = (r: number, c: number) =>
    from === null
      ? 0
      : Math.min(rows - 1, Math.max(0, r)) * cols + Math.min(cols - 1, Math.max(0, c));
  switch (key) {
    case 'ArrowLeft':
      return to(row, col - 1);
    case 'ArrowRight':
      return to(row, col + 1);
    case 'ArrowUp':
      return to(row - 1, col);
    case 'ArrowDown':
      return to(row + 1, col);
    case 'PageUp':
      return to(row - page, col);
    case 'PageDown':
      return to(row + page, col);
    case 'Home':
      return to(row, 0);
    case 'End':
      return to(row, cols - 1);
    default:
      return null;
  }
}

/** Index of the cell with the largest value; null where none is finite. */
export function largestCell(values: ArrayLike<number>): number | null {
  let best: number | null = null;
  for (let i = 0; i < values.length; i++)
    if (!Number.isNaN(values[i]!) && (best === null || values[i]! > values[best]!)) best = i;
  return best;
}
