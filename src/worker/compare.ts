import type { FileSystem } from '../base/bytes';
import { openRows } from '../checkpoints/rows';
import type { Comparison } from '../compare/comparison';
import { type ComparedRows, type CompareOptions, compareRows } from '../compare/lockstep';
import type { ComparedPart, CompareRequest } from '../protocol/worker';

/** How a comparison is followed, and how much is read at a time. */
export type CompareWatch = Pick<CompareOptions, 'signal' | 'onProgress' | 'afterTile'> & {
  readonly chunkBytes?: number | undefined;
};

/** Opens two weights, or parts of them, and compares their values. */
export async function compareTensors(
  files: FileSystem,
  { a, b, shape, detail }: CompareRequest,
  { chunkBytes, signal, afterTile, onProgress }: CompareWatch = {},
): Promise<Comparison> {
  const how = { chunkBytes, signal };
  const first = await openPart(files, a, how);
  try {
    const second = await openPart(files, b, how);
    try {
      return await compareRows(first.rows, second.rows, {
        ...{ shape, detail, signal, onProgress },
        afterTile: resting(afterTile),
      });
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}

async function openPart(
  files: FileSystem,
  { entry, fileSize, block, order }: ComparedPart,
  { chunkBytes, signal }: Pick<CompareWatch, 'chunkBytes' | 'signal'>,
): Promise<{ readonly rows: ComparedRows; close(): Promise<void> }> {
  // Rows in another order are asked for one by one.
  const options = { fileSize, signal, ...(chunkBytes && { chunkBytes }), ...(!order && { block }) };
  const { stream, close } = await openRows(files, entry, options);
  return { rows: { stream, block, order }, close };
}

/** Lets messages in now and then: bytes that are already in memory resolve without leaving the microtask queue. */
function resting(afterTile: CompareWatch['afterTile']): () => Promise<void> {
  let rested = performance.now();
  return async () => {
    await afterTile?.();
    if (performance.now() - rested <= 20) return;
    await new Promise(resolve => setImmediate(resolve));
    rested = performance.now();
  };
}
