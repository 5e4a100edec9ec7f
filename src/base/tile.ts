/** A tensor seen as rows (output channels) of columns (inputs). */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Memory that tiles are read into, when it is not their own: that of the kernels. It serves one stream at a time. Asking for
 * room may move everything, so a view is good until the next call of any kernel; then it is to be taken again.
 */
export interface TileMemory {
  /** Room for float32 values, always the same place. */
  floats(length: number): Float32Array;
  /** Room for bytes of a file, always the same place; `offset` is where in the file they come from. */
  bytes(length: number, offset: number): Uint8Array;
  /**
   * Decodes little-endian elements, as many as `out` has places.
   * @returns whether there is a kernel for the dtype; else nothing is done
   */
  widen(dtype: string, bytes: Uint8Array, out: Float32Array): boolean;
  /** Counts the patterns of elements of two bytes, read as little-endian: at most 2^32 until they are taken. */
  countPatterns(bytes: Uint8Array): void;
  /** How often each of the 65 536 patterns was counted; begins anew. */
  takePatterns(): Uint32Array;
}

/** A rectangle of a matrix, widened to floating point. */
export interface Tile {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
  /**
   * Row-major [rows, cols]; float64 where float32 cannot hold the dtype. Valid until the next tile is asked for; in the
   * memory of kernels a view that is made anew each time it is asked for, and good until a kernel is called.
   */
  readonly data: Float32Array | Float64Array;
}
