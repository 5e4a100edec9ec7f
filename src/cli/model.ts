import { openWeights } from '../checkpoints/model';
import type { WeightModel } from '../checkpoints/recognise';
import type { Model, TensorEntry } from '../formats/tensorFile';
import type { AnalysisRequest, TensorAnalysis } from '../protocol/worker';
import type { Watch } from '../worker/desk';
import { nodeFileSystem } from '../worker/fileSystem';
import { analyzeTensor } from '../worker/handlers';
import { kernelShelf } from '../worker/kernelShelf';
import { locate } from './locate';
import { progressLine } from './progress';

/** Built beside the command line. */
const kernels = kernelShelf(__dirname);

/** Opens the model that FILE stands for: headers only. */
export async function openFile(file: string): Promise<WeightModel> {
  return openWeights(nodeFileSystem, await locate(file));
}

/** What is computed of every chosen tensor. */
export type Work = Pick<AnalysisRequest, 'sigma' | 'schemes' | 'detail' | 'channels'>;

/** What was computed of a tensor. */
export interface Analyzed {
  readonly entry: TensorEntry;
  readonly analysis: TensorAnalysis;
}

/** Told how much of a tensor is done, of 1. */
export type OnProgress = (fraction: number) => void;

/** Visits tensors one after another, with progress on a terminal. */
export async function eachTensor<T extends { readonly entry: TensorEntry }>(
  tensors: readonly T[],
  visit: (tensor: T, onProgress: OnProgress) => Promise<void>,
): Promise<void> {
  const line = progressLine(process.stderr);
  try {
    for (const [i, tensor] of tensors.entries()) {
      const onProgress = (fraction: number) =>
        line.show(
          `${i + 1} of ${tensors.length}  ${Math.floor(100 * fraction)} %  ${tensor.entry.name}`,
        );
      onProgress(0);
      await visit(tensor, onProgress);
    }
  } finally {
    line.clear();
  }
}

/** Analyses a tensor. */
export function analyze(
  model: Model,
  entry: TensorEntry,
  { progress, listeners, afterTile, ...work }: Work & Watch & { progress: OnProgress },
): Promise<TensorAnalysis> {
  const request = { entry, fileSize: sizeOf(model, entry), ...work };
  return analyzeTensor(nodeFileSystem, request, { progress, listeners, afterTile, kernels });
}

/** Bytes of tensors together. */
export function bytesOf(tensors: readonly TensorEntry[]): number {
  return tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** Size, when its header was read, of the file that holds a tensor. */
export function sizeOf(model: Model, { data }: TensorEntry): number {
  return model.files.find(f => f.path === data.path)!.byteLength;
}
