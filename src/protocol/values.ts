import type { Formula } from '../explain/formula';
import type { TensorEntry } from '../formats/tensorFile';
import type { TensorRef } from './tensor';

/** Most rows, and most columns, of a page. */
export const largestPage = 64;

/** What the values grid may ask of the host. All reports progress and ends with its signal. */
export interface ValuesRequests {
  /** Values at some places of a tensor, and what a scheme makes of them. */
  'values/page': [ValuesRef & { readonly places: Places }, ValuesPage];
  /** How a scheme comes from one value to its code and back. */
  'values/formula': [ValuesRef & { readonly scheme: string; readonly index: number }, Formula];
}

/** A tensor, and the scheme that it is looked at under; null: as it is. */
export interface ValuesRef {
  readonly tensor: TensorRef;
  readonly scheme: string | null;
}

/**
 * Evenly spaced elements in rows and columns, each at most `largestPage`: (i, j) is number first + i * rowStep + j * colStep of
 * the tensor, counted row by row in the order of its indices.
 */
export interface Places {
  readonly first: number;
  readonly rows: number;
  readonly rowStep: number;
  readonly cols: number;
  readonly colStep: number;
}

/** What is at some places, row-major [rows, cols]. */
export interface ValuesPage {
  /** NaN, too, beyond the end of the tensor. */
  readonly values: Float64Array;
  /** The same in all digits, where a float64 does not hold all of them: integers beyond 2^53. */
  readonly exact: readonly string[] | null;
  /** Null where no scheme was asked for, or it does not apply. */
  readonly quantized: QuantizedPage | null;
  /** Why the scheme does not apply; empty where none does: the tensor is not of floating-point numbers. */
  readonly misfit: string | null;
}

/** What a scheme makes of the values of a page. */
export interface QuantizedPage {
  readonly codes: Int32Array;
  /** The dequantized values; of a value that is kept apart what is kept. */
  readonly results: Float32Array;
  /** Sum of `marks`. */
  readonly marks: Uint8Array;
}

/** What is special about a quantized value. */
export const marks = { clipped: 1, kept: 2 } as const;

/** What the host may ask of a worker for it. */
export interface ValuesWork {
  'values/page': [ValuesAsked & { readonly places: Places }, ValuesPage];
  'values/formula': [ValuesAsked & { readonly scheme: string; readonly index: number }, Formula];
}

/** What a worker has to know. */
export interface ValuesAsked {
  readonly entry: TensorEntry;
  /** Of the file when its header was read. */
  readonly fileSize: number;
  /** Changes with the content of the files: what is kept of an older one is not used. */
  readonly version: string;
  readonly scheme: string | null;
  /** Other work of the same worker stands still meanwhile. */
  readonly urgent?: boolean;
}
