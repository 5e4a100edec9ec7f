import type { Matrix } from '../base/tile';
import type { RunSums } from './comparison';

/** Mean absolute errors of the cells that a matrix is cut into; those at the end may be smaller. */
export interface HeatMapResult {
  /** Cells. */
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerCell: number;
  readonly colsPerCell: number;
  /** Row-major [rows, cols]; null for a cell without a pair of finite values. */
  readonly meanAbsError: readonly (number | null)[];
}

/** Cells in a row or column, at most. */
const mostCells = 64;

/** Sums errors by place. */
export class HeatMap {
  /** A power of two. */
  readonly colsPerCell: number;
  readonly #rowsPerCell: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor({ rows, cols }: Matrix) {
    this.colsPerCell = cellSize(cols);
    this.#rowsPerCell = cellSize(rows);
    this.#cols = Math.ceil(cols / this.colsPerCell);
    this.#rows = Math.ceil(rows / this.#rowsPerCell);
    this.#sums = new Float64Array(this.#rows * this.#cols);
    this.#counts = new Float64Array(this.#rows * this.#cols);
  }

  /** Adds what lies in one cell. */
  add(row: number, col: number, { count, absError }: RunSums): void {
    const cell =
      Math.floor(row / this.#rowsPerCell) * this.#cols + Math.floor(col / this.colsPerCell);
    this.#sums[cell]! += absError;
    this.#counts[cell]! += count;
  }

  /** The means so far. */
  get result(): HeatMapResult {
    const means = Array.from(this.#sums, (sum, i) => sum / this.#counts[i]!);
    return {
      rows: this.#rows,
      cols: this.#cols,
      rowsPerCell: this.#rowsPerCell,
      colsPerCell: this.colsPerCell,
      meanAbsError: means.map(mean => (Number.isFinite(mean) ? mean : null)),
    };
  }
}

/** The smallest power of two of which so many cells are enough. */
function cellSize(length: number): number {
  let size = 1;
  while (length / size > mostCells) size *= 2;
  return size;
}
