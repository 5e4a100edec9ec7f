import type { ByteSource } from '../base/bytes';
import { throwIfCancelled, WeightError } from '../base/errors';
import { chunkBytes as defaultChunkBytes, quote } from '../base/limits';
import type { Matrix, Tile, TileMemory } from '../base/tile';
import { type Decode, decoderFor, type Floats, floatsFor, isReal, type RealDType } from './decode';
import { type DType, dtypeInfo, dtypes } from './dtype';
import { fortranReader, isTransposed } from './fortranRows';
import type { TensorEntry } from './tensorFile';

/** Consecutive whole rows. One tile holds them, unless it is a single row that is too long for one. */
export interface Panel {
  readonly row: number;
  readonly rows: number;
  readonly tiles: number;
}

/** A tensor that streams past as rows of a matrix. Memory is bounded by the chunk, not by the tensor. */
export interface RowStream {
  readonly matrix: Matrix;
  /** True when tiles are float64. */
  readonly wide: boolean;
  /** Elements in all panels together: those of the tensor, or fewer when it is sampled. */
  readonly elements: number;
  /** In a panel of several tiles, each begins at a multiple of this column; the matrix's columns when none has several. */
  readonly tileCols: number;
  /** From the first row to the last, or a sample of them in that order. Made as they are asked for. */
  panels(): Iterable<Panel>;
  /**
   * Reads a panel's tiles from left to right. A tile's data lives until the next one of the stream is asked for; a
   * panel may be read again.
   * @param onBytes is given the stored elements of each tile; not of dtypes below 8 bits
   * @throws WeightError 'cancelled', and what the source throws
   */
  tiles(panel: Panel, signal?: AbortSignal, onBytes?: OnBytes): AsyncIterable<Tile>;
  /** Reads a panel's tiles for `onBytes` alone: nothing is decoded. */
  scan(panel: Panel, signal: AbortSignal | undefined, onBytes: OnBytes): AsyncIterable<Rect>;
}

/** Takes stored elements, in any order and the byte order of the file; they are good during the call. */
export type OnBytes = (bytes: Uint8Array) => void;

/** Rows [row, row + rows) of a matrix. */
export interface RowBlock {
  readonly row: number;
  readonly rows: number;
}

/** How a tensor is cut into tiles. */
export interface RowOptions {
  /** Bytes of stored data read at a time. */
  readonly chunkBytes?: number;
  /**
   * Read about this many bytes at most: rows spread evenly over the matrix or, where a row is longer, tiles of rows.
   * At least one row or tile is read.
   */
  readonly sampleBytes?: number;
  /** Only these rows; not together with a sample. */
  readonly block?: RowBlock | undefined;
  /** Where tiles of float32 are made; absent: in memory of their own. */
  readonly memory?: TileMemory | undefined;
  /** Decodes stored elements; absent: what is known of the dtype. */
  readonly decode?: Decode | undefined;
}

/** A rectangle of the matrix: a tile before it is read. */
export type Rect = Omit<Tile, 'data'>;

/** How a stored order is read: the size of a tile, and reading one. */
export interface TileReader {
  /** Elements of the largest tile. */
  readonly capacity: number;
  /** How long rows are cut. */
  readonly cut: ColumnCut;
  /** Fills `out`, row-major [rows, cols]; null where nobody wants values. */
  read(rect: Rect, out: Floats | null, how: Reading): Promise<void>;
}

/** How a tile is read. */
export interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly onBytes: OnBytes | undefined;
}

/** Cuts a row into blocks of `block` columns, and each of those into tiles of `step`, the last of which may be shorter. */
export interface ColumnCut {
  readonly block: number;
  readonly step: number;
}

/** What a TileReader is made from. */
export interface StoredTensor {
  readonly source: ByteSource;
  readonly entry: TensorEntry;
  readonly matrix: Matrix;
  readonly decode: Decode;
  readonly chunkBytes: number;
  readonly memory?: TileMemory | undefined;
}

/** Reading less than this at a place costs as much as reading this much. */
const cheapRead = 64 * 1024;

/** The matrix of a shape: rank 0 and 1 are one row, rank 2 is [out, in], above it [d0, product of the rest]. */
export function matrixOf(shape: readonly number[]): Matrix {
  const [first = 1, ...rest] = shape;
  if (rest.length === 0) return { rows: 1, cols: first };
  return { rows: first, cols: rest.reduce((a, b) => a * b) };
}

/**
 * Streams a tensor as rows in the order of its indices, whatever the stored order.
 * @param source offset 0 is the tensor's first byte
 * @throws WeightError 'unsupported' for complex numbers, and for types that are not known
 */
export function streamRows(
  source: ByteSource,
  entry: TensorEntry,
  options: RowOptions = {},
): RowStream {
  const { dtype, shape, data } = entry;
  if (!isReal(dtype)) throw noRealNumbers(entry);
  const { chunkBytes = defaultChunkBytes, memory, decode } = options;
  const stored = {
    ...{ source, entry, chunkBytes, matrix: matrixOf(shape) },
    decode: decode ?? decoderFor(dtype, data.byteOrder),
    ...(memory && !dtypes[dtype].wide && { memory }),
  };
  const reader = isTransposed(entry) ? fortranReader(stored) : plainReader(stored);
  return rowStream(entry, reader, options);
}

function noRealNumbers({ name, dtype }: TensorEntry): WeightError {
  const what =
    dtypeInfo(dtype).kind === 'complex'
      ? `complex numbers (${dtype})`
      : `values that cannot be decoded (${dtype})`;
  return new WeightError('unsupported', `tensor ${quote(name)} holds ${what}`, { tensor: name });
}

/**
 * Rows that a reader of tiles gives.
 * @param entry of real numbers
 */
export function rowStream(
  entry: TensorEntry,
  reader: TileReader,
  { sampleBytes = Infinity, block, memory }: RowOptions = {},
): RowStream {
  const { shape, data } = entry;
  const dtype = entry.dtype as RealDType;
  const matrix = matrixOf(shape);
  const isShared = memory !== undefined && !dtypes[dtype].wide;
  const grid = gridOf(matrix, reader);
  const sample = data.byteLength > sampleBytes ? sampleOf(entry, grid, sampleBytes) : undefined;
  const rows = block ?? { row: 0, rows: matrix.rows };
  const room = roomFor(
    dtype,
    Math.min(reader.capacity, entry.count),
    isShared ? memory : undefined,
  );

  return {
    matrix,
    wide: dtypes[dtype].wide,
    elements: sample ? sample.elements : rows.rows * matrix.cols,
    tileCols: grid.tileCols,
    panels: () => (sample ? sample.panels() : panelsOf(rows, grid)),
    async *tiles(panel, signal, onBytes) {
      for (const rect of rectsOf(panel, grid)) {
        throwIfCancelled(signal);
        const length = rect.rows * rect.cols;
        await reader.read(rect, room(length), { signal, onBytes });
        yield {
          ...rect,
          get data() {
            return room(length);
          },
        };
      }
    },
    async *scan(panel, signal, onBytes) {
      for (const rect of rectsOf(panel, grid)) {
        throwIfCancelled(signal);
        await reader.read(rect, null, { signal, onBytes });
        yield rect;
      }
    },
  };
}

/** Gives room for up to `most` values: of its own, made at the first call, or in the memory of kernels. */
function roomFor(
  dtype: RealDType,
  most: number,
  memory: TileMemory | undefined,
): (length: number) => Floats {
  if (memory) {
    // Asked for in full before anything is read: nothing moves while a tile is being read.
    memory.floats(most);
    return length => memory.floats(most).subarray(0, length);
  }
  let buffer: Floats | undefined;
  return length => {
    buffer ??= floatsFor(dtype, most);
    return buffer.subarray(0, length);
  };
}

/** Elements stored in the order of the matrix: a tile is one read. */
function plainReader(stored: StoredTensor): TileReader {
  const { source, entry, matrix, decode, chunkBytes, memory } = stored;
  const { bits, block } = dtypeInfo(entry.dtype);
  const capacity = capacityFor(entry.dtype, chunkBytes);
  // Groups of weights are powers of two long: tiles cut at a multiple of 1024 leave them whole.
  const step = capacity > 1024 ? capacity - (capacity % 1024) : capacity;
  const decodesInPlace = entry.dtype === 'F32' || entry.dtype === 'F64';
  const fileOffset = entry.data.offset;
  let raw = new Uint8Array(0);
  const rawBytes = (byteLength: number, firstByte: number): Uint8Array => {
    if (memory) return memory.bytes(byteLength, fileOffset + firstByte);
    if (raw.length < byteLength) raw = new Uint8Array(byteLength);
    return raw.subarray(0, byteLength);
  };
  if (!decodesInPlace) rawBytes(Math.max(chunkBytes, (capacity * bits) / 8) + 8, 0);
  const widened = (bits >= 8 || block) && entry.data.byteOrder === 'little' ? memory : undefined;

  return {
    capacity,
    cut: { block: matrix.cols, step },
    async read({ row, col, rows, cols }, out, { signal, onBytes }) {
      const firstBit = (row * matrix.cols + col) * bits;
      const firstByte = Math.floor(firstBit / 8);
      const byteLength = Math.ceil((firstBit + rows * cols * bits) / 8) - firstByte;
      const bytes =
        out && decodesInPlace
          ? new Uint8Array(out.buffer, out.byteOffset, byteLength)
          : rawBytes(byteLength, firstByte);
      await source.read(firstByte, bytes, signal);
      onBytes?.(bytes);
      if (!out) return;
      if (widened?.widen(entry.dtype, bytes, out as Float32Array)) return;
      decode(bytes, firstBit - 8 * firstByte, out);
    },
  };
}

/** Elements of a tile: as many as a chunk has, but of less than 4 bits no more than of 4; blocks stay whole. */
function capacityFor(dtype: DType, chunkBytes: number): number {
  const { bits, block } = dtypeInfo(dtype);
  const fit = Math.floor((chunkBytes * 8) / Math.max(bits, 4));
  const unit = block?.size ?? 1;
  return Math.max(1, Math.floor(fit / unit)) * unit;
}

/** How the matrix is cut into panels and tiles. */
interface Grid {
  readonly matrix: Matrix;
  readonly rowsPerPanel: number;
  /** Tiles of one row; 1 when rows fit. */
  readonly tilesPerRow: number;
  readonly cut: ColumnCut;
  readonly tileCols: number;
}

function gridOf(matrix: Matrix, { capacity, cut }: TileReader): Grid {
  const { cols } = matrix;
  if (cols <= capacity) {
    const rowsPerPanel = Math.max(1, Math.floor(capacity / Math.max(1, cols)));
    const whole = { block: cols, step: cols };
    return { matrix, rowsPerPanel, tilesPerRow: 1, cut: whole, tileCols: cols };
  }
  const { block, step } = cut;
  const perBlock = Math.ceil(block / step);
  // Where blocks do not come out even, tiles begin at multiples of what both have in common.
  const tileCols = block === cols || block % step === 0 ? step : greatestCommonDivisor(block, step);
  return { matrix, rowsPerPanel: 1, tilesPerRow: (cols / block) * perBlock, cut, tileCols };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function* panelsOf(block: RowBlock, { matrix, rowsPerPanel, tilesPerRow }: Grid): Iterable<Panel> {
  if (matrix.cols === 0) return;
  const end = block.row + block.rows;
  for (let { row } = block; row < end; row += rowsPerPanel)
    yield { row, rows: Math.min(rowsPerPanel, end - row), tiles: tilesPerRow };
}

/** A panel that has only some of its row's tiles. */
interface SampledRow extends Panel {
  readonly indexes: readonly number[];
}

function* rectsOf(panel: Panel | SampledRow, grid: Grid): Iterable<Rect> {
  const { row, rows } = panel;
  if (rows > grid.rowsPerPanel)
    throw new RangeError(`a panel has at most ${grid.rowsPerPanel} rows`);
  if ('indexes' in panel) for (const i of panel.indexes) yield { row, rows, ...columnsOf(i, grid) };
  else for (let i = 0; i < grid.tilesPerRow; i++) yield { row, rows, ...columnsOf(i, grid) };
}

/** Columns of the tile at an index of its row. */
function columnsOf(index: number, { cut }: Grid): { col: number; cols: number } {
  const { block, step } = cut;
  const perBlock = Math.ceil(block / step);
  const inBlock = (index % perBlock) * step;
  const col = Math.floor(index / perBlock) * block + inBlock;
  return { col, cols: Math.min(step, block - inBlock) };
}

interface Sample {
  readonly elements: number;
  panels(): Iterable<Panel>;
}

function sampleOf(entry: TensorEntry, grid: Grid, sampleBytes: number): Sample {
  const { matrix } = grid;
  const bytesPerRow = entry.data.byteLength / matrix.rows;
  if (grid.tilesPerRow > 1 && bytesPerRow > sampleBytes)
    return sampleTiles(entry, grid, sampleBytes);
  const wanted = Math.max(1, Math.floor(sampleBytes / bytesPerRow));
  // Neighbouring rows where one row is too little for a read.
  const rows = Math.min(
    wanted,
    grid.rowsPerPanel,
    Math.max(1, Math.floor(cheapRead / bytesPerRow)),
  );
  const count = Math.floor(wanted / rows);
  return {
    elements: count * rows * matrix.cols,
    *panels() {
      const span = matrix.rows - rows;
      for (let i = 0; i < count; i++) {
        const row = count === 1 ? Math.floor(span / 2) : Math.floor((i * span) / (count - 1));
        yield { row, rows, tiles: grid.tilesPerRow };
      }
    },
  };
}

/** Of rows that are longer than the whole sample: as many rows as can be, each with a few of its tiles. */
function sampleTiles(entry: TensorEntry, grid: Grid, sampleBytes: number): Sample {
  const { matrix, cut, tilesPerRow } = grid;
  const bytesPerTile = (cut.step * entry.data.byteLength) / entry.count;
  const wanted = Math.max(1, Math.floor(sampleBytes / bytesPerTile));
  const rows = Math.min(matrix.rows, wanted);
  const each = Math.max(1, Math.floor(wanted / rows));
  const panelAt = (i: number): SampledRow => {
    // From row to row the tiles move on, so that all columns have their turn.
    const shift = (i + 0.5) / rows;
    const indexes = Array.from({ length: each }, (_, k) =>
      Math.floor(((k + shift) * tilesPerRow) / each),
    );
    return { row: Math.floor(((i + 0.5) * matrix.rows) / rows), rows: 1, tiles: each, indexes };
  };
  function* panels(): Iterable<SampledRow> {
    for (let i = 0; i < rows; i++) yield panelAt(i);
  }
  let elements = 0;
  for (const { indexes } of panels()) for (const i of indexes) elements += columnsOf(i, grid).cols;
  return { elements, panels };
}
