import type { FileSystem } from '../base/bytes';
import { chunkBytes as defaultChunkBytes } from '../base/limits';
import { openModel } from '../formats/model';
import { streamRows } from '../formats/rows';
import { openTensor } from '../formats/tensorSource';
import type { CallContext, Handlers } from '../protocol/rpc';
import type { AnalysisRequest, TensorAnalysis, WorkerRequests } from '../protocol/worker';
import { parseScheme } from '../quant/schemeText';
import {
  type AnalysisOptions,
  analyzeRows,
  checkSigma,
  figuresOf,
  withoutFigures,
} from './analysis';
import { chunkSizeFor } from './chunkSize';
import { Gate } from './gate';
import { emptyShelf, type KernelShelf } from './kernelShelf';
import type { WorkerOptions } from './workerOptions';

/** Answers to everything the host may ask of a worker, over a file system. */
export function workerHandlers(files: FileSystem, means: Means = {}): Handlers<WorkerRequests> {
  const gate = new Gate();
  const afterTile = () => gate.pass();
  return {
    'model/open': ({ path }, { signal }) => openModel(files, path, signal),
    'tensor/analyze': (request, context) =>
      request.urgent
        ? gate.urgently(() => analyzeTensor(files, request, { ...context, ...means }))
        : analyzeTensor(files, request, { ...context, ...means, afterTile }),
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
  { entry, fileSize, sigma, schemes, sampleBytes, detail, channels }: AnalysisRequest,
  {
    signal,
    progress,
    kernels = emptyShelf,
    chunkBytes = defaultChunkBytes,
    ...watch
  }: Partial<CallContext> & Watch & Means = {},
): Promise<TensorAnalysis> {
  const parsed = schemes.map(parseScheme);
  checkSigma(sigma);
  if (!figuresOf(entry).statistics) return withoutFigures(entry, schemes.length);
  const source = await openTensor(files, entry, fileSize, signal);
  const lent = kernels();
  try {
    const sampled = sampleBytes ? { sampleBytes } : {};
    const size = chunkSizeFor(entry, parsed, chunkBytes);
    const stream = streamRows(source, entry, {
      chunkBytes: size,
      memory: lent?.memory,
      ...sampled,
    });
    const onProgress = progress && atMostEvery(50, (done, total) => progress(done / total));
    const asked = { sigma, schemes: parsed, detail, channels, engine: lent?.engine };
    return await analyzeRows(entry, stream, { ...asked, signal, onProgress, ...watch });
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
