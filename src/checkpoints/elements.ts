import type { ClosableSource, FileSystem } from '../base/bytes';
import { throwIfCancelled } from '../base/errors';
import { type Elements, storedElements } from '../formats/elements';
import type { TensorEntry } from '../formats/tensorFile';
import { decodedRows } from './decodedRows';
import { openDecoder } from './decoder';
import { storedDecoder } from './ggml';
import type { Decoder } from './layout';
import { checkRow, isPacked } from './rows';

/** Elements, and what they are read from. */
export interface OpenElements {
  readonly elements: Elements;
  close(): Promise<void>;
}

/** How elements are opened. */
export interface OpenElementsOptions {
  /** Of the file when its header was read. */
  readonly fileSize: number;
  readonly signal?: AbortSignal | undefined;
  /** Opens the bytes of a tensor that is not packed. */
  readonly source: () => Promise<ClosableSource>;
}

/**
 * Opens any tensor of real numbers, plain or packed, element by element.
 * @throws what opening its files, or the layout, throws
 */
export async function openElements(
  fs: FileSystem,
  entry: TensorEntry,
  { fileSize, signal, source: open }: OpenElementsOptions,
): Promise<OpenElements> {
  if (isPacked(entry)) {
    checkRow(entry);
    const { decoder, close } = await openDecoder(fs, entry, { fileSize, signal });
    return { elements: decodedElements(entry, decoder), close };
  }
  const source = await open();
  return {
    elements: storedElements(source, entry, storedDecoder(entry)),
    close: () => source.close(),
  };
}

/** Weights that are decoded together, about. */
const atOnce = 2 ** 18;

/** Elements of a weight whose rows are decoded whole. */
function decodedElements({ shape, count }: TensorEntry, decoder: Decoder): Elements {
  const inner = Math.max(1, shape.at(-1) ?? 1);
  const mostRows = Math.max(1, Math.floor(atOnce / inner));
  const decode = decodedRows(decoder);

  /** Decodes rows [from, to), some at a time. */
  async function eachBatch(
    { from, to, signal }: { from: number; to: number; signal: AbortSignal | undefined },
    visit: (values: Float32Array, row: number) => void,
  ): Promise<void> {
    for (let row = from; row < to; row += mostRows) {
      throwIfCancelled(signal);
      const rows = Math.min(mostRows, to - row);
      const values = new Float32Array(rows * inner);
      await decode({ row, rows }, values);
      visit(values, row);
    }
  }

  return {
    async at(indices, signal) {
      const out = new Float32Array(indices.length);
      for (let i = 0; i < indices.length; ) {
        const from = Math.floor(indices[i]! / inner);
        let to = from + 1;
        let end = i;
        // Rows in succession are decoded together.
        for (; end < indices.length && Math.floor(indices[end]! / inner) <= to; end++)
          to = Math.floor(indices[end]! / inner) + 1;
        await eachBatch({ from, to, signal }, (values, row) => {
          const first = row * inner;
          for (; i < end && indices[i]! < first + values.length; i++)
            out[i] = values[indices[i]! - first]!;
        });
      }
      return out;
    },
    async range(from, to, signal) {
      const out = new Float32Array(to - from);
      const rows = { from: Math.floor(from / inner), to: Math.ceil(Math.min(to, count) / inner) };
      await eachBatch({ ...rows, signal }, (values, row) => {
        const first = row * inner - from;
        const begin = Math.max(0, -first);
        const end = Math.min(values.length, out.length - first);
        if (begin < end) out.set(values.subarray(begin, end), first + begin);
      });
      return out;
    },
    digits: async () => null,
  };
}
