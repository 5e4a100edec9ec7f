import type { Matrix } from '../base/tile';
import type { RunSums } from './comparison';

/** The block of a matrix with the largest mean squared error. */
export interface WorstBlock {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  readonly mse: number;
}

/** Rows of a block. */
const blockRows = 32;
/** Columns of a block, at least; wider where a row would have more blocks than this. */
const usualCols = 256;
const mostBlocks = 65_536;

/** Columns of a block: a power of two. */
export function blockCols({ cols }: Matrix): number {
  let width = usualCols;
  while (cols / width > mostBlocks) width *= 2;
  return width;
}

/** Finds the block with the largest mean squared error while rows pass. Memory is bounded by the blocks of a row. */
export class WorstBlockFinder {
  readonly #matrix: Matrix;
  readonly #width: number;
  readonly #squaredErrors: Float64Array;
  readonly #counts: Float64Array;
  /** First row of the blocks that are being filled. */
  #row = 0;
  #worst: WorstBlock | null = null;

  constructor(matrix: Matrix) {
    this.#matrix = matrix;
    this.#width = blockCols(matrix);
    const blocks = Math.ceil(matrix.cols / this.#width);
    this.#squaredErrors = new Float64Array(blocks);
    this.#counts = new Float64Array(blocks);
  }

  /** Adds what lies in one block of columns. Rows never go back. */
  add(row: number, col: number, { count, squaredError }: RunSums): void {
    if (row >= this.#row + blockRows) {
      this.#conclude();
      this.#row = row - (row % blockRows);
    }
    const block = Math.floor(col / this.#width);
    this.#squaredErrors[block]! += squaredError;
    this.#counts[block]! += count;
  }

  /** The worst of all that was added; null where there is no error. */
  get result(): WorstBlock | null {
    this.#conclude();
    return this.#worst;
  }

  #conclude(): void {
    const { rows, cols } = this.#matrix;
    for (const [block, squaredError] of this.#squaredErrors.entries()) {
      const mse = squaredError / this.#counts[block]!;
      if (!(mse > (this.#worst?.mse ?? 0))) continue;
      const col = block * this.#width;
      this.#worst = {
        row: this.#row,
        col,
        rows: Math.min(blockRows, rows - this.#row),
        cols: Math.min(this.#width, cols - col),
        mse,
      };
    }
    this.#squaredErrors.fill(0);
    this.#counts.fill(0);
  }
}
