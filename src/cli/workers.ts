import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Model, TensorEntry } from '../formats/tensorFile';
import { createPool } from '../worker/pool';
import { sharingRows } from '../worker/sharing';
import { jointProgress } from './jointProgress';
import { type Analyzed, bytesOf, sizeOf, type Work } from './model';
import { outcome } from './outcome';
import { progressLine } from './progress';
import { sideBySide } from './sideBySide';

/** Built beside the command line; not there when it runs from source. */
export const workerPath = path.join(__dirname, 'worker.js');

/** Less than this is done before threads are started and their code is compiled. */
const smallBytes = 256 * 2 ** 20;

/** Beyond these, unless asked for, memory bandwidth or the disk is what bounds. */
const usualMost = 8;

/**
 * How many worker threads to use for these tensors: 1 stands for none, the work is done in this thread.
 * @param asked absent: what suits the machine and the tensors
 */
export function workersFor(tensors: readonly TensorEntry[], asked?: number): number {
  if (!existsSync(workerPath)) return 1;
  const usual = Math.min(usualMost, availableParallelism());
  return asked ?? (bytesOf(tensors) > smallBytes ? usual : 1);
}

/** Analyses tensors in `size` worker threads; the first error ends them. Results are in the order of the tensors. */
export async function analyzeInWorkers(
  model: Model,
  tensors: readonly TensorEntry[],
  { size, work }: { readonly size: number; readonly work: Work },
): Promise<Analyzed[]> {
  const pool = sharingRows(createPool({ workerPath, size }), size);
  const line = progressLine(process.stderr);
  const progress = jointProgress(tensors, line.show);
  try {
    // Two for each: none waits while another is sent out, and a model of many tensors is not all in flight.
    return await sideBySide(tensors, 2 * size, async entry => {
      const request = { entry, fileSize: sizeOf(model, entry), ...work };
      const onProgress = progress.begin(entry);
      const analysing = pool.request('tensor/analyze', request, { onProgress });
      const schemes = work.schemes.length;
      const analyzed = await outcome(entry, analysing, { schemes, alone: tensors.length === 1 });
      progress.end(entry);
      return analyzed;
    });
  } finally {
    // Not waited for: threads that are idle do not keep the process, which would end here with nothing told.
    void pool.dispose();
    line.clear();
  }
}
