import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { hasStoredParams, type OpenDecoderOptions, openDecoder } from '../checkpoints/decoder';
import { openWeights } from '../checkpoints/model';
import type { WeightModel } from '../checkpoints/recognise';
import { type StoredView, storedView } from '../checkpoints/storedView';
import { pairWeights } from '../compare/pairs';
import type { TensorEntry } from '../formats/tensorFile';
import type { Handlers } from '../protocol/rpc';
import type {
  AnalysisRequest,
  BlockPart,
  BlockRequest,
  ModelFacts,
  TensorAnalysis,
  WorkerRequests,
} from '../protocol/worker';
import { modelSizes, trainingNeeds } from '../quant/modelSizes';
import { presets } from '../quant/presets';
import { parseScheme } from '../quant/schemeText';
import { analyzeRows, checkSigma, figuresOf, withoutFigures } from './analysis';
import { concludeBlocks, lookAtBlock } from './blocks';
import { compareTensors } from './compare';
import { atMostEvery, type How, type Means, openDesk, withRows } from './desk';
import { layerHandlers } from './layer';
import { describeScheme } from './schemeDescription';
import { planOf } from './sharePlan';
import { stepsHandlers } from './steps';
import { valuesHandlers } from './values';

/** Answers to everything the host may ask of a worker, over a file system. */
export function workerHandlers(files: FileSystem, means: Means = {}): Handlers<WorkerRequests> {
  const desk = openDesk(files, means);
  const { inTurn } = desk;
  return {
    ...layerHandlers(desk),
    ...valuesHandlers(desk),
    ...stepsHandlers(desk),
    'scheme/describe': ({ text, model }) => describeScheme(text, model),
    'model/sizes': model => ({ forms: modelSizes(model), training: trainingNeeds(model) }),
    'scheme/presets': () => presets,
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

/** Opens one tensor's bytes and computes what was asked of it. */
export async function analyzeTensor(
  files: FileSystem,
  request: AnalysisRequest,
  how: How = {},
): Promise<TensorAnalysis> {
  const { entry, schemes, sampleBytes } = request;
  const parsed = schemes.map(parseScheme);
  checkSigma(request.sigma);
  if (!figuresOf(entry).statistics) return withoutFigures(entry, request);
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
