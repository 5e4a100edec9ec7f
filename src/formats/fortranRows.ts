import { dtypeInfo } from './dtype';
import type { ColumnCut, Rect, StoredTensor, TileReader } from './rows';
import type { TensorEntry } from './tensorFile';

/**
 * A row of a Fortran-order array is spread over the whole file, so that each panel costs one walk through it. Tiles
 * are this many times the chunk, which divides the walks.
 */
const tileFactor = 16;

/** Skipping fewer bytes than this takes longer than reading them. */
const worthSkipping = 64 * 1024;

/** Whether the stored order differs from the order of the matrix. */
export function isTransposed({ shape, data }: TensorEntry): boolean {
  return data.fortranOrder && shape.filter(d => d !== 1).length > 1;
}

/** One axis of the columns: its length, and the distance of its neighbours in the file and in a row, in elements. */
interface Axis {
  readonly length: number;
  readonly fileStride: number;
  readonly rowStride: number;
}

/** The axes after the first, without those of length 1. */
function columnAxes(shape: readonly number[]): Axis[] {
  const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
  return shape
    .map((length, k) => ({
      length,
      fileStride: product(shape.slice(0, k)),
      rowStride: product(shape.slice(k + 1)),
    }))
    .slice(1)
    .filter(axis => axis.length !== 1);
}

/**
 * Reads tiles of an array whose first axis varies fastest. Each walks through the file in its order, gathers the
 * neighbours it needs into long reads, and puts every stored element where its row has it; then the tile is decoded.
 */
export function fortranReader(stored: StoredTensor): TileReader {
  const { source, entry, decode, chunkBytes } = stored;
  const { bits, wide } = dtypeInfo(entry.dtype);
  const bytes = bits / 8;
  if (!Number.isInteger(bytes)) throw new TypeError('Fortran order needs whole bytes');
  const axes = columnAxes(entry.shape);
  const perRead = Math.max(1, Math.floor(chunkBytes / bytes));
  const limits = { length: perRead, gap: Math.floor(worthSkipping / bytes) };
  const capacity = Math.max(1, Math.floor((tileFactor * chunkBytes) / (wide ? 8 : 4)));
  const decodesInPlace = entry.dtype === 'F32' || entry.dtype === 'F64';
  let raw = new Uint8Array(0);
  let tile: Uint8Array = raw;

  return {
    capacity,
    cut: cutOf(axes, capacity),
    async read(rect, out, { signal, onBytes }) {
      if (raw.length === 0) raw = new Uint8Array(Math.min(perRead, entry.count) * bytes);
      const byteLength = rect.rows * rect.cols * bytes;
      if (out && decodesInPlace) tile = new Uint8Array(out.buffer, out.byteOffset, byteLength);
      else if (tile.length < byteLength) tile = new Uint8Array(byteLength);
      const [from, to] = [wordsOf(raw, bytes), wordsOf(tile, bytes)];
      for (const span of spansOf(blocksOf(rect, axes, limits), limits)) {
        const length = (span.end - span.start) * bytes;
        await source.read(span.start * bytes, raw.subarray(0, length), signal);
        for (const block of span.blocks)
          transpose(from, to, { block, offset: block.start - span.start, cols: rect.cols, bytes });
      }
      const elements = tile.subarray(0, byteLength);
      if (out) decode(tile, 0, out);
      // Afterwards: whoever is given them may move the memory of `out`.
      onBytes?.(elements);
    },
  };
}

/** Stored elements as numbers that can be moved without a change: as floats their bits might change. */
type Words = Uint8Array | Uint16Array | Uint32Array;

/** The elements of an array at an address that is a multiple of their size; 8 bytes are two words. */
function wordsOf(bytes: Uint8Array, perElement: number): Words {
  const { buffer, byteOffset, byteLength } = bytes;
  if (perElement === 1) return bytes;
  if (perElement === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** A block whose first element is at `offset` of what was read goes to a tile of `cols` columns. */
interface Move {
  readonly block: Block;
  readonly offset: number;
  readonly cols: number;
  /** Of an element. */
  readonly bytes: number;
}

function transpose(from: Words, to: Words, { block, offset, cols, bytes }: Move): void {
  const { length, count, fileStride, colStride, row, col } = block;
  for (let run = 0; run < count; run++) {
    let source = offset + run * fileStride;
    let target = row * cols + col + run * colStride;
    const end = source + length;
    if (bytes === 8)
      for (; source < end; source++, target += cols) {
        to[2 * target] = from[2 * source]!;
        to[2 * target + 1] = from[2 * source + 1]!;
      }
    else for (; source < end; source++, target += cols) to[target] = from[source]!;
  }
}

/** Runs of elements that follow each other in the file and down a column of the tile, evenly spaced in both. */
interface Block {
  /** Element offset in the tensor's data of the first run. */
  readonly start: number;
  /** Elements of a run. */
  readonly length: number;
  /** Number of runs. */
  readonly count: number;
  /** From a run to the next: elements in the file, columns in the tile. */
  readonly fileStride: number;
  readonly colStride: number;
  /** Place of the first element in the tile. */
  readonly row: number;
  readonly col: number;
}

/** Blocks that are read at once, with what lies between them. */
interface Span {
  readonly start: number;
  end: number;
  readonly blocks: Block[];
}

/** How much may be read at once, and what gap may be read along, in elements. */
interface ReadLimits {
  readonly length: number;
  readonly gap: number;
}

function endOf({ start, length, count, fileStride }: Block): number {
  return start + (count - 1) * fileStride + length;
}

/** Tiles of a long row cover whole trailing axes, and a range of one axis before them. */
function cutOf(axes: readonly Axis[], capacity: number): ColumnCut {
  const axis = axes.find(a => a.rowStride <= capacity) ?? axes.at(-1);
  if (!axis) return { block: 1, step: 1 };
  const lengths = Math.max(1, Math.floor(capacity / axis.rowStride));
  const block = axis.length * axis.rowStride;
  return { block, step: Math.min(block, lengths * axis.rowStride) };
}

/** The part of an axis that a tile covers: `[from, from + length)`. */
interface AxisRange extends Axis {
  readonly from: number;
}

/** What a tile's columns are on each axis: one index, then a range, then everything. */
function boxOf({ col, cols }: Rect, axes: readonly Axis[]): AxisRange[] {
  let rest = col;
  let isWhole = false;
  return axes.map(axis => {
    if (isWhole) return { ...axis, from: 0 };
    const from = Math.floor(rest / axis.rowStride);
    rest -= from * axis.rowStride;
    isWhole = cols >= axis.rowStride;
    return { ...axis, from, length: isWhole ? cols / axis.rowStride : 1 };
  });
}

/** A tile's blocks in the order of the file: runs down the first axis of the columns, as many as one read may have. */
function* blocksOf(rect: Rect, axes: readonly Axis[], limits: ReadLimits): Iterable<Block> {
  const [inner, ...outer] = boxOf(rect, axes);
  if (!inner) return;
  const index = outer.map(() => 0);
  for (;;) {
    let start = rect.row + inner.from * inner.fileStride;
    let col = inner.from * inner.rowStride - rect.col;
    for (let k = 0; k < outer.length; k++) {
      const { from, fileStride, rowStride } = outer[k]!;
      start += (from + index[k]!) * fileStride;
      col += (from + index[k]!) * rowStride;
    }
    yield* blocksAlong(inner, { start, col, rows: rect.rows }, limits);
    // The first axis turns fastest in the file.
    let axis = 0;
    while (axis < outer.length && ++index[axis]! === outer[axis]!.length) index[axis++] = 0;
    if (axis === outer.length) return;
  }
}

/** The runs of all indices of one axis, cut where a read ends. */
function* blocksAlong(
  { length: total, fileStride, rowStride }: Axis,
  first: { start: number; col: number; rows: number },
  limits: ReadLimits,
): Iterable<Block> {
  const { start, col, rows } = first;
  const fits = fileStride - rows <= limits.gap && rows <= limits.length;
  const most = fits ? Math.max(1, Math.floor((limits.length - rows) / fileStride) + 1) : 1;
  for (let i = 0; i < total; i += most) {
    const count = Math.min(most, total - i);
    const at = { start: start + i * fileStride, col: col + i * rowStride };
    for (let row = 0; row < rows; row += limits.length)
      yield {
        start: at.start + row,
        length: Math.min(limits.length, rows - row),
        count,
        fileStride,
        colStride: rowStride,
        row,
        col: at.col,
      };
  }
}

/** Joins blocks to spans as long as the limits allow. */
function* spansOf(blocks: Iterable<Block>, limits: ReadLimits): Iterable<Span> {
  let span: Span | undefined;
  for (const block of blocks) {
    const end = endOf(block);
    if (span && block.start - span.end <= limits.gap && end - span.start <= limits.length) {
      span.end = end;
      span.blocks.push(block);
      continue;
    }
    if (span) yield span;
    span = { start: block.start, end, blocks: [block] };
  }
  if (span) yield span;
}
