/** Which axes of a tensor are shown. */
export interface Axes {
  readonly rowAxis: number;
  /** `rest`: all others, flattened. */
  readonly colAxis: number | 'rest';
  /** By axis: the index of those that are neither. */
  readonly fixed: readonly number[];
}

/**
 * A slice as a grid of cells: cell (r, c) is element `first + r * rowStep + c * colStep` of the tensor, counted row by row in the
 * order of its indices.
 */
export interface Slice {
  readonly first: number;
  readonly rows: number;
  readonly rowStep: number;
  readonly cols: number;
  readonly colStep: number;
  /** Elements of the tensor: the last row of a vector may be short. */
  readonly count: number;
  /** Whether it is a vector, which goes on in the next row. */
  readonly wraps: boolean;
}

/** Elements of a vector in a row of the grid. */
const perRow = 16;

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Elements from an index of an axis to the next, by axis. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => product(shape.slice(axis + 1)));
}

/** Axes that the shape has, the nearest to those that are wanted. */
export function fitAxes(shape: readonly number[], wanted: Axes): Axes {
  const rank = shape.length;
  const rowAxis = wanted.rowAxis < rank ? wanted.rowAxis : 0;
  const isOther = wanted.colAxis !== 'rest' && wanted.colAxis < rank && wanted.colAxis !== rowAxis;
  // Only the first axis has the rest behind it in one piece.
  const colAxis = isOther ? wanted.colAxis : rowAxis === 0 ? 'rest' : 0;
  const fixed = shape.map((length, axis) =>
    Math.max(0, Math.min(wanted.fixed[axis] ?? 0, length - 1)),
  );
  return { rowAxis, colAxis, fixed };
}

/** The grid of some axes, which fit the shape. */
export function sliceOf(shape: readonly number[], { rowAxis, colAxis, fixed }: Axes): Slice {
  const count = product(shape);
  if (shape.length < 2) return vectorSlice(count);
  const strides = stridesOf(shape);
  const rows = shape[rowAxis]!;
  const rowStep = strides[rowAxis]!;
  if (colAxis === 'rest')
    return {
      first: 0,
      rows,
      rowStep,
      cols: product(shape.slice(1)),
      colStep: 1,
      count,
      wraps: false,
    };
  const first = strides.reduce(
    (sum, stride, axis) =>
      axis === rowAxis || axis === colAxis ? sum : sum + stride * (fixed[axis] ?? 0),
    0,
  );
  const size = { rows, rowStep, cols: shape[colAxis]!, colStep: strides[colAxis]! };
  return { first, ...size, count, wraps: false };
}

function vectorSlice(count: number): Slice {
  const cols = Math.min(perRow, count);
  const rows = Math.ceil(count / perRow);
  return { first: 0, rows, rowStep: perRow, cols, colStep: 1, count, wraps: true };
}

/** A cell of the grid. */
export interface Cell {
  readonly row: number;
  readonly col: number;
}

/** The number of a cell's element; null beyond the end of a vector. */
export function elementAt(slice: Slice, { row, col }: Cell): number | null {
  const index = slice.first + row * slice.rowStep + col * slice.colStep;
  return index < slice.count ? index : null;
}

/** The cell of an element of the slice by its row and column; a vector has columns only. */
export function cellOf(slice: Slice, { row, col }: Cell): Cell {
  const cell = slice.wraps ? { row: Math.floor(col / perRow), col: col % perRow } : { row, col };
  return clampCell(slice, cell);
}

/** The inverse of `cellOf`. */
export function placeOf(slice: Slice, cell: Cell): Cell {
  return slice.wraps ? { row: 0, col: cell.row * perRow + cell.col } : cell;
}

/** The nearest cell that there is. */
export function clampCell({ rows, cols, wraps, count }: Slice, { row, col }: Cell): Cell {
  const clamped = {
    row: Math.max(0, Math.min(row, rows - 1)),
    col: Math.max(0, Math.min(col, cols - 1)),
  };
  const isBeyond = wraps && clamped.row * perRow + clamped.col >= count;
  return isBeyond ? { row: rows - 1, col: (count - 1) % perRow } : clamped;
}

/** The index of an element on each axis. */
export function indicesOf(shape: readonly number[], index: number): number[] {
  const indices: number[] = [];
  let rest = index;
  for (const length of shape.toReversed()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices;
}

/** The number of an element. */
export function flatIndex(shape: readonly number[], indices: readonly number[]): number {
  return indices.reduce((sum, index, axis) => sum * shape[axis]! + index, 0);
}

/** Axes that show an element, as near as can be to those that are shown, and its place in them. */
export function axesShowing(
  shape: readonly number[],
  axes: Axes,
  index: number,
): { readonly axes: Axes; readonly place: Cell } {
  const indices = indicesOf(shape, index);
  if (shape.length < 2) return { axes, place: { row: 0, col: index } };
  const { rowAxis, colAxis } = axes;
  const row = indices[rowAxis]!;
  if (colAxis === 'rest') return { axes, place: { row, col: index % product(shape.slice(1)) } };
  const fixed = indices.map((i, axis) =>
    axis === rowAxis || axis === colAxis ? (axes.fixed[axis] ?? 0) : i,
  );
  return { axes: { ...axes, fixed }, place: { row, col: indices[colAxis]! } };
}
