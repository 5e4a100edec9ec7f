import type { Matrix } from '../base/tile';
import type { Values } from './moments';

/** A rectangle of a matrix: [row, row + rows) by [col, col + cols). */
export interface Rectangle {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

/** Magnitudes by place; see `PlaceMap` of the protocol. */
export interface Magnitudes {
  readonly window: Rectangle;
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerCell: number;
  readonly colsPerCell: number;
  readonly mean: Float32Array;
  readonly max: Float32Array;
}

/** The part of a window that lies in a matrix; null stands for the whole. */
export function windowIn({ rows, cols }: Matrix, window: Rectangle | null): Rectangle {
  const whole = window ?? { row: 0, rows, col: 0, cols };
  const row = Math.min(whole.row, rows);
  const col = Math.min(whole.col, cols);
  return {
    row,
    rows: Math.min(whole.rows, rows - row),
    col,
    cols: Math.min(whole.cols, cols - col),
  };
}

/** Means and maxima of magnitudes in the cells that a window of a matrix is cut into. */
export class MagnitudeMap {
  readonly #matrix: Matrix;
  readonly #window: Rectangle;
  readonly #rowsPerCell: number;
  readonly #colsPerCell: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #max: Float32Array;

  /**
   * @param window lies in the matrix
   * @param cells in each direction, at most
   */
  constructor(matrix: Matrix, window: Rectangle, cells: number) {
    this.#matrix = matrix;
    this.#window = window;
    this.#rowsPerCell = Math.max(1, Math.ceil(window.rows / cells));
    this.#colsPerCell = Math.max(1, Math.ceil(window.cols / cells));
    this.#rows = Math.ceil(window.rows / this.#rowsPerCell);
    this.#cols = Math.ceil(window.cols / this.#colsPerCell);
    const count = this.#rows * this.#cols;
    this.#sums = new Float64Array(count);
    this.#counts = new Float64Array(count);
    this.#max = new Float32Array(count).fill(Number.NaN);
  }

  /** Takes values that follow each other from element `index` on: |x|, or with `results` |x - x^|. Those not finite are passed over. */
  add(values: Values, index: number, results?: Float32Array): void {
    const { cols } = this.#matrix;
    const { row: top, rows: height, col: left, cols: width } = this.#window;
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((index + from) / cols);
      const rowAt = row * cols - index;
      const to = Math.min(rowAt + cols, values.length);
      if (row >= top && row < top + height) {
        const first = Math.max(from, rowAt + left);
        const last = Math.min(to, rowAt + left + width);
        this.#addRow(values, results, { row: row - top, first, last, left: rowAt + left });
      }
      from = to;
    }
  }

  /** Takes [first, last) of a row whose window begins at element `left`. */
  #addRow(
    values: Values,
    results: Float32Array | undefined,
    at: { row: number; first: number; last: number; left: number },
  ): void {
    const { first, last, left } = at;
    const width = this.#colsPerCell;
    const start = Math.floor(at.row / this.#rowsPerCell) * this.#cols;
    for (let from = first; from < last; ) {
      const across = Math.floor((from - left) / width);
      const to = Math.min(left + (across + 1) * width, last);
      let [sum, count, max] = [0, 0, -1];
      for (let i = from; i < to; i++) {
        const x = values[i]!;
        const magnitude = Math.abs(results === undefined ? x : x - results[i]!);
        if (x - x !== 0 || magnitude - magnitude !== 0) continue;
        sum += magnitude;
        count++;
        if (magnitude > max) max = magnitude;
      }
      if (count > 0) this.#put(start + across, { sum, count, max });
      from = to;
    }
  }

  #put(cell: number, { sum, count, max }: { sum: number; count: number; max: number }): void {
    this.#sums[cell]! += sum;
    this.#counts[cell]! += count;
    if (!(this.#max[cell]! >= max)) this.#max[cell] = max;
  }

  /** What is known so far; NaN for a cell without a finite value. */
  get result(): Magnitudes {
    return {
      window: this.#window,
      rows: this.#rows,
      cols: this.#cols,
      rowsPerCell: this.#rowsPerCell,
      colsPerCell: this.#colsPerCell,
      mean: Float32Array.from(this.#sums, (sum, i) => sum / this.#counts[i]!),
      max: this.#max,
    };
  }
}
