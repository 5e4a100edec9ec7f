import { throwIfCancelled } from '../base/errors';
import type { Tile } from '../base/tile';
import type { RowStream } from '../formats/rows';
import type { Looker } from '../quant/run/chunks';
import type { Chunk } from '../stats/profile';

/** How passes over a tensor are watched. */
export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the elements passed so far and those expected in all; the passes expected are a lower bound. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Awaited after each tile: what lookers have put aside is taken away. */
  readonly afterTile?: (() => Promise<void>) | undefined;
}

/** Passes that nearly every analysis needs: figures, then what depends on them. */
const usualPasses = 2;

/**
 * Shows a tensor to all lookers at once, pass after pass, until none needs another. A tensor of one tile is read once.
 * Memory is bounded by the tile.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function lookAtAll(
  stream: RowStream,
  lookers: readonly Looker[],
  options: LookOptions,
): Promise<void> {
  const passes = passesOver(stream, options);
  let pending = lookers;
  let only: Chunk | undefined;
  while (pending.length > 0) {
    const show = (chunk: Chunk) => {
      for (const looker of pending) looker.add(chunk);
    };
    if (only) show(only);
    else only = await passes(show);
    pending = pending.filter(looker => !looker.finish());
    await options.afterTile?.();
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

/** Makes passes; each returns its chunk when it had just one. */
function passesOver(
  stream: RowStream,
  { signal, onProgress, afterTile }: LookOptions,
): (show: (chunk: Chunk) => void) => Promise<Chunk | undefined> {
  const total = usualPasses * stream.elements;
  let done = 0;
  let rested = performance.now();
  return async show => {
    let chunks = 0;
    let last: Chunk | undefined;
    for (const panel of stream.panels())
      for await (const tile of stream.tiles(panel, signal)) {
        const { length } = tile.data;
        last = chunkOf(tile, stream);
        chunks++;
        show(last);
        throwIfCancelled(signal);
        await afterTile?.();
        done += length;
        onProgress?.(Math.min(done, total), total);
        // Bytes that are already in memory resolve without leaving the microtask queue: let messages in now and then.
        if (performance.now() - rested > 20) {
          await new Promise(resolve => setImmediate(resolve));
          rested = performance.now();
        }
      }
    return chunks === 1 ? last : undefined;
  };
}
