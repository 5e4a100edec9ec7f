/** A tensor seen as rows (output channels) of columns (inputs). */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
}

/** A rectangle of a matrix, widened to floating point. */
export interface Tile {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
  /** Row-major [rows, cols]; float64 where float32 cannot hold the dtype. Valid until the next tile is asked for. */
  readonly data: Float32Array | Float64Array;
}
