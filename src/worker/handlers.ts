import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { chunkBytes as defaultChunkBytes } from '../base/limits';
import { hasStoredParams, type OpenDecoderOptions, openDecoder } from '../checkpoints/decoder';
import { openWeights } from '../checkpoints/model';
import type { WeightModel } from '../checkpoints/recognise';
import { openRows } from '../checkpoints/rows';
import { type StoredView, storedView } from '../checkpoints/storedView';
import { pairWeights } from '../compare/pairs';
import type { RowOptions, RowStream } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type { CallContext, Handlers } from '../protocol/rpc';
import type {
  AnalysisRequest,
  BlockPart,
  BlockRequest,
  ModelFacts,
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
import { compareTensors } from './compare';
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
    async 'model/open'({ path, raw = false }, { signal }) {
      const { weights, ...model } = await openWeights(files, path, signal);
      return raw ? model : { ...model, tensors: weights };
    },
    async 'models/pair'({ a, b }, { signal }) {
      const [first, second] = await Promise.all([
        openSide(files, a, signal),
        openSide(files, b, signal),
      ]);
      return { ...pairWeights(first, second), a: factsOf(first), b: factsOf(second) };
    },
    'tensor/analyze': (request, context) =>
      inTurn(request.urgent, watch =>
        analyzeTensor(files, request, { ...context, ...means, ...watch }),
      ),
    'tensor/stored': ({ entry, fileSize, urgent }, { signal }) =>
      inTurn(urgent, () => viewStored(files, entry, { fileSize, signal })),
    'tensor/compare': (request, { signal, progress }) =>
      inTurn(request.urgent, ({ afterTile }) =>
        compareTensors(files, request, {
          ...{ signal, afterTile, chunkBytes: means.chunkBytes },
          onProgress: progress && atMostEvery(50, (done, total) => progress(done / total)),
        }),
      ),
    'tensor/plan': ({ request, blockBytes }) => planOf(request, blockBytes),
    'tensor/block': (asked, context) =>
      inTurn(asked.urgent, watch => lookAtRows(files, asked, { ...context, ...means, ...watch })),
    'tensor/conclude': (asked, { signal }) =>
      inTurn(asked.urgent, watch => concludeBlocks(asked, { signal, ...watch })),
  };
}

/** Of two files it has to be said which one is at fault. */
async function openSide(
  files: FileSystem,
  path: string,
  signal: AbortSignal,
): Promise<WeightModel> {
  try {
    return await openWeights(files, path, signal);
  } catch (e) {
    if (!WeightError.is(e)) throw e;
    throw new WeightError(e.tag, e.message, { file: path, ...e.details }, { cause: e });
  }
}

function factsOf({ files, findings }: WeightModel): ModelFacts {
  return { files, findings };
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

async function viewStored(
  files: FileSystem,
  entry: TensorEntry,
  { fileSize, signal }: OpenDecoderOptions,
): Promise<StoredView | null> {
  if (!hasStoredParams(entry)) return null;
  const { decoder, close } = await openDecoder(files, entry, { fileSize, signal });
  try {
    return await storedView(entry, decoder, { signal });
  } finally {
    await close();
  }
}

/** How work is done and followed. */
type How = Partial<CallContext> & Watch & Means;

/** What work on rows is given. */
type RowWork = LookOptions & Pick<AnalysisOptions, 'engine' | 'memory' | 'listeners' | 'notes'>;

/** Opens a tensor's rows, lends kernels, and closes all when the work is done. */
async function withRows<T>(
  files: FileSystem,
  { entry, fileSize, schemes }: AnalysisRequest,
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
function atMostEvery(ms: number, call: (done: number, total: number) => void) {
  let last = -Infinity;
  return (done: number, total: number) => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    call(done, total);
  };
}
