import { throwIfCancelled } from '../base/errors';
import type { Tile } from '../base/tile';
import type { OnBytes, RowStream } from '../formats/rows';
import { type Looker, lookAtCounts } from '../quant/run/chunks';
import type { Chunk } from '../stats/profile';

/** How passes over a tensor are watched. */
export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the elements passed so far and those expected in all: a lower bound. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Awaited after each tile: what lookers have put aside is taken away. */
  readonly afterTile?: (() => Promise<void>) | undefined;
}

/** How a tensor is shown. */
export interface Look extends LookOptions {
  /** Passes that are expected, for the progress; 2 when absent. */
  readonly passes?: number;
  /** Counts the elements of the first pass, for lookers that ask for no more. */
  readonly counting?: Counting | undefined;
}

/** Counting values while they are read. */
export interface Counting {
  readonly add: OnBytes;
  /** The distinct values that were read, with their counts. */
  counted(): Chunk;
}

/**
 * Shows a tensor to all lookers at once, pass after pass, until none needs another. A tensor of one tile is read once.
 * Where values are counted, lookers that ask only how often each occurs get that when the first pass has ended. Memory is
 * bounded by the tile.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function lookAtAll(
  stream: RowStream,
  lookers: readonly Looker[],
  look: Look,
): Promise<void> {
  const pass = passesOver(stream, look);
  const { counting, afterTile } = look;
  const waits = (looker: Looker) => counting !== undefined && looker.isOrderless === true;
  const waiting = lookers.filter(waits);
  let pending = lookers.filter(looker => !waits(looker));
  let onBytes = counting?.add;
  let only: Chunk | undefined;
  while (pending.length > 0 || onBytes) {
    const show = (chunk: Chunk) => {
      for (const looker of pending) looker.add(chunk);
    };
    if (only) show(only);
    else only = await pass(pending.length > 0 ? show : null, onBytes);
    onBytes = undefined;
    const unfinished = pending.filter(looker => !looker.finish());
    waiting.push(...unfinished.filter(waits));
    pending = unfinished.filter(looker => !waits(looker));
    await afterTile?.();
  }
  if (counting && waiting.length > 0) await lookAtCounted(waiting, counting.counted(), look);
}

/**
 * Shows the distinct values of a tensor with their counts to lookers that ask for no more.
 * @throws WeightError 'cancelled'
 */
export async function lookAtCounted(
  lookers: readonly Looker[],
  counted: Chunk,
  { signal, afterTile }: LookOptions,
): Promise<void> {
  for (const looker of lookers) {
    lookAtCounts(looker, counted);
    throwIfCancelled(signal);
    await afterTile?.();
  }
}

/**
 * A tile as a chunk. In the memory of kernels its values are a view made anew for each who asks. What is the whole tensor is
 * copied: it is shown again.
 */
function chunkOf(tile: Tile, { matrix, elements }: RowStream): Chunk {
  const index = tile.row * matrix.cols + tile.col;
  if (tile.data.length === elements) return { values: tile.data.slice(), index };
  return {
    get values() {
      return tile.data;
    },
    index,
  };
}

/** Shows all chunks, and gives `onBytes` all elements; returns the chunk when there was just one. */
type Pass = (
  show: ((chunk: Chunk) => void) | null,
  onBytes?: OnBytes,
) => Promise<Chunk | undefined>;

function passesOver(stream: RowStream, { signal, onProgress, afterTile, passes = 2 }: Look): Pass {
  const total = passes * stream.elements;
  let done = 0;
  let rested = performance.now();
  const look = async (elements: number) => {
    throwIfCancelled(signal);
    await afterTile?.();
    done += elements;
    onProgress?.(Math.min(done, total), total);
    // Bytes that are already in memory resolve without leaving the microtask queue: let messages in now and then.
    if (performance.now() - rested <= 20) return;
    await new Promise(resolve => setImmediate(resolve));
    rested = performance.now();
  };
  return async (show, onBytes) => {
    let chunks = 0;
    let last: Chunk | undefined;
    for (const panel of stream.panels())
      if (show)
        for await (const tile of stream.tiles(panel, signal, onBytes)) {
          const { length } = tile.data;
          last = chunkOf(tile, stream);
          chunks++;
          show(last);
          await look(length);
        }
      else if (onBytes)
        for await (const { rows, cols } of stream.scan(panel, signal, onBytes))
          await look(rows * cols);
    return chunks === 1 ? last : undefined;
  };
}
