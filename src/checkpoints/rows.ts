import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import {
  type RowOptions,
  type RowStream,
  rowStream,
  streamRows,
  type TileReader,
} from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import { layoutNamed } from './all';
import { decodedRows } from './decodedRows';
import { storedDecoder } from './ggml';
import type { Decoder, PackedWeight } from './layout';
import { Parts } from './parts';

/** Rows of a weight, and what they are read from. */
export interface OpenRows {
  readonly stream: RowStream;
  /** What a person should look at: each a sentence about the weight. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** How rows are opened. */
export interface OpenRowsOptions extends RowOptions {
  /** Of the file when its header was read. */
  readonly fileSize: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens any tensor as rows of floats, plain or packed.
 * @throws what opening its files, or the layout, throws
 */
export async function openRows(
  fs: FileSystem,
  entry: TensorEntry,
  { fileSize, signal, ...options }: OpenRowsOptions,
): Promise<OpenRows> {
  if (isPacked(entry)) return openPacked(fs, entry, { ...options, signal });
  const source = await openTensor(fs, entry, fileSize, signal);
  const decode = storedDecoder(entry);
  return {
    stream: streamRows(source, entry, { ...options, ...(decode && { decode }) }),
    notes: [],
    close: () => source.close(),
  };
}

/** Whether a weight is stored in several tensors. */
export function isPacked(entry: TensorEntry): entry is PackedWeight {
  return entry.packed !== undefined;
}

async function openPacked(
  fs: FileSystem,
  weight: PackedWeight,
  { signal, ...options }: Omit<OpenRowsOptions, 'fileSize'>,
): Promise<OpenRows> {
  checkRow(weight);
  const parts = new Parts(fs, weight, signal);
  try {
    const decoder = await layoutNamed(weight.packed.layout).open(weight, parts);
    const reader = packedReader(weight, decoder, options.chunkBytes ?? 2 ** 20);
    const stream = rowStream(weight, reader, options);
    return { stream, notes: decoder.notes ?? [], close: () => parts.close() };
  } catch (e) {
    await parts.close();
    throw e;
  }
}

/** Weights of the longest row that is decoded: a quarter of a gigabyte. */
const longestRow = 2 ** 26;

/**
 * Whether a row of a weight can be decoded at once.
 * @throws WeightError 'over-limit'
 */
export function checkRow({ name, shape }: PackedWeight): void {
  const length = shape.at(-1) ?? 1;
  if (length <= longestRow) return;
  throw new WeightError(
    'over-limit',
    `weight ${quote(name)} has rows of ${length} weights, over the limit of ${longestRow}`,
    { tensor: name, expected: longestRow, actual: length },
  );
}

/** Weights of a tile at most, when rows are taken many at once. */
const mostInTile = 2 ** 22;

/** Reads tiles through a decoder, whose rows are the innermost of the weight's shape. */
function packedReader(weight: PackedWeight, decoder: Decoder, chunkBytes: number): TileReader {
  const inner = Math.max(1, weight.shape.at(-1) ?? 1);
  const wanted = Math.max(Math.floor(chunkBytes / 4), (decoder.rowsAtOnce ?? 1) * inner);
  const capacity = Math.max(inner, Math.min(wanted, mostInTile));
  const cols = weight.shape.slice(1).reduce((a, b) => a * b, 1);
  const decode = decodedRows(decoder);
  return {
    capacity,
    cut: { block: cols, step: Math.floor(capacity / inner) * inner },
    async read({ row, col, rows: height, cols: width }, out) {
      const rows = { row: (row * cols + col) / inner, rows: (height * width) / inner };
      if (out) await decode(rows, out as Float32Array);
    },
  };
}
