import type { FileSystem } from '../base/bytes';
import { chunkBytes as defaultChunkBytes } from '../base/limits';
import { openRows } from '../checkpoints/rows';
import type { RowOptions, RowStream } from '../formats/rows';
import type { CallContext } from '../protocol/rpc';
import type { AnalysisRequest } from '../protocol/worker';
import { parseScheme } from '../quant/schemeText';
import type { AnalysisOptions } from './analysis';
import { chunkSizeFor } from './chunkSize';
import { Gate } from './gate';
import { emptyShelf, type KernelShelf } from './kernelShelf';
import type { LookOptions } from './looks';
import type { WorkerOptions } from './workerOptions';

/** How an analysis is followed, beside its progress, by who is in the same thread. */
export type Watch = Pick<AnalysisOptions, 'listeners' | 'afterTile'>;

/** What an analysis may use. */
export interface Means extends WorkerOptions {
  readonly kernels?: KernelShelf;
}

/** Where a worker does its work: files, what else it may use, and whose turn it is. */
export interface Desk {
  readonly files: FileSystem;
  readonly means: Means;
  /** Does work while other analyses of the worker stand still, or in turn with them. */
  inTurn<T>(isUrgent: boolean | undefined, work: (watch: Watch) => Promise<T>): Promise<T>;
}

/** Makes the desk of a worker. */
export function openDesk(files: FileSystem, means: Means): Desk {
  const gate = new Gate();
  const afterTile = () => gate.pass();
  return {
    files,
    means,
    inTurn: (isUrgent, work) => (isUrgent ? gate.urgently(() => work({})) : work({ afterTile })),
  };
}

/** How work is done and followed. */
export type How = Partial<CallContext> & Watch & Means;

/** What work on rows is given. */
export type RowWork = LookOptions &
  Pick<AnalysisOptions, 'engine' | 'memory' | 'listeners' | 'notes'>;

/** Opens a tensor's rows, lends kernels, and closes all when the work is done. */
export async function withRows<T>(
  files: FileSystem,
  { entry, fileSize, schemes }: Pick<AnalysisRequest, 'entry' | 'fileSize' | 'schemes'>,
  { rows, ...how }: How & { readonly rows: RowOptions },
  work: (stream: RowStream, work: RowWork) => Promise<T>,
): Promise<T> {
  const { signal, progress, kernels = emptyShelf, chunkBytes = defaultChunkBytes, ...watch } = how;
  const lent = kernels();
  try {
    const size = chunkSizeFor(entry, schemes.map(parseScheme), chunkBytes);
    const how = { fileSize, signal, chunkBytes: size, memory: lent?.memory, ...rows };
    const { stream, notes, close } = await openRows(files, entry, how);
    try {
      const onProgress = progress && atMostEvery(50, (done, total) => progress(done / total));
      const lentTo = { engine: lent?.engine, memory: lent?.memory };
      return await work(stream, { signal, onProgress, notes, ...lentTo, ...watch });
    } finally {
      await close();
    }
  } finally {
    lent?.giveBack();
  }
}

/** Drops calls that come sooner than `ms` after the last one let through: a message a chunk would flood the host. */
export function atMostEvery(ms: number, call: (done: number, total: number) => void) {
  let last = -Infinity;
  return (done: number, total: number) => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    call(done, total);
  };
}
