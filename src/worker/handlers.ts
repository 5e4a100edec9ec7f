import type { FileSystem } from '../base/bytes';
import { chunkBytes as defaultChunkBytes } from '../base/limits';
import { openModel } from '../formats/model';
import { type RowOptions, type RowStream, streamRows } from '../formats/rows';
import { openTensor } from '../formats/tensorSource';
import type { CallContext, Handlers } from '../protocol/rpc';
import type {
  AnalysisRequest,
  BlockPart,
  BlockRequest,
  TensorAnalysis,
  WorkerRequests,
} from '../protocol/worker';
import { parseScheme } from '../quant/schemeText';
import {
  type AnalysisOptions,
  analyzeRows,
  checkSigma,
  figuresOf,
  withoutFigures,
} from './analysis';
import { concludeBlocks, lookAtBlock } from './blocks';
import { chunkSizeFor } from './chunkSize';
import { Gate } from './gate';
import { emptyShelf, type KernelShelf } from './kernelShelf';
import type { LookOptions } from './looks';
import { planOf } from './sharePlan';
import type { WorkerOptions } from './workerOptions';

/** Answers to everything the host may ask of a worker, over a file system. */
export function workerHandlers(files: FileSystem, means: Means = {}): Handlers<WorkerRequests> {
  const gate = new Gate();
  const afterTile = () => gate.pass();
  const inTurn = <T>(isUrgent: boolean | undefined, work: (watch: Watch) => Promise<T>) =>
    isUrgent ? gate.urgently(() => work({})) : work({ afterTile });
  return {
    'model/open': ({ path }, { signal }) => openModel(files, path, signal),
    'tensor/analyze': (request, context) =>
      inTurn(request.urgent, watch =>
        analyzeTensor(files, request, { ...context, ...means, ...watch }),
      ),
    'tensor/plan': ({ request, blockBytes }) => planOf(request, blockBytes),
    'tensor/block': (asked, context) =>
      inTurn(asked.urgent, watch => lookAtRows(files, asked, { ...context, ...means, ...watch })),
    'tensor/conclude': (asked, { signal }) =>
      inTurn(asked.urgent, watch => concludeBlocks(asked, { signal, ...watch })),
  };
}

/** How an analysis is followed, beside its progress, by who is in the same thread. */
export type Watch = Pick<AnalysisOptions, 'listeners' | 'afterTile'>;

/** What an analysis may use. */
export interface Means extends WorkerOptions {
  readonly kernels?: KernelShelf;
}

/** Opens one tensor's bytes and computes what was asked of it. */
export async function analyzeTensor(
  files: FileSystem,
  request: AnalysisRequest,
  how: How = {},
): Promise<TensorAnalysis> {
  const { entry, schemes, sampleBytes } = request;
  const parsed = schemes.map(parseScheme);
  checkSigma(request.sigma);
  if (!figuresOf(entry).statistics) return withoutFigures(entry, schemes.length);
  return withRows(
    files,
    request,
    { ...how, rows: sampleBytes ? { sampleBytes } : {} },
    (stream, work) => analyzeRows(entry, stream, { ...request, ...work, schemes: parsed }),
  );
}

function lookAtRows(files: FileSystem, asked: BlockRequest, how: How): Promise<BlockPart> {
  return withRows(files, asked.request, { ...how, rows: { block: asked.block } }, (stream, work) =>
    lookAtBlock(stream, asked, work),
  );
}

/** How work is done and followed. */
type How = Partial<CallContext> & Watch & Means;

/** What work on rows is given. */
type RowWork = LookOptions & Pick<AnalysisOptions, 'engine' | 'memory' | 'listeners'>;

/** Opens a tensor's rows, lends kernels, and closes all when the work is done. */
async function withRows<T>(
  files: FileSystem,
  { entry, fileSize, schemes }: AnalysisRequest,
  { rows, ...how }: How & { readonly rows: RowOptions },
  work: (stream: RowStream, work: RowWork) => Promise<T>,
): Promise<T> {
  const { signal, progress, kernels = emptyShelf, chunkBytes = defaultChunkBytes, ...watch } = how;
  const source = await openTensor(files, entry, fileSize, signal);
  const lent = kernels();
  try {
    const size = chunkSizeFor(entry, schemes.map(parseScheme), chunkBytes);
    const stream = streamRows(source, entry, { chunkBytes: size, memory: lent?.memory, ...rows });
    const onProgress = progress && atMostEvery(50, (done, total) => progress(done / total));
    const lentTo = { engine: lent?.engine, memory: lent?.memory };
    return await work(stream, { signal, onProgress, ...lentTo, ...watch });
  } finally {
    lent?.giveBack();
    await source.close();
  }
}

/** Drops calls that come sooner than `ms` after the last one let through: a message a chunk would flood the host. */
function atMostEvery(ms: number, call: (done: number, total: number) => void) {
  let last = -Infinity;
  return (done: number, total: number) => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    call(done, total);
  };
}
