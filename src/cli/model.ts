import { openModel } from '../formats/model';
import type { Model, TensorEntry } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';
import { nodeFileSystem } from '../worker/fileSystem';
import { analyzeTensor } from '../worker/handlers';
import { locate } from './locate';
import { progressLine } from './progress';

/** Opens the model that FILE stands for: headers only. */
export async function openFile(file: string): Promise<Model> {
  return openModel(nodeFileSystem, await locate(file));
}

/** What is computed of every chosen tensor. */
export interface Work {
  readonly sigma: number;
  readonly schemes: readonly string[];
}

/** Analyses tensors one after another, with progress on a terminal. */
export async function analyzeEach(
  model: Model,
  tensors: readonly TensorEntry[],
  work: Work,
): Promise<{ entry: TensorEntry; analysis: TensorAnalysis }[]> {
  const line = progressLine(process.stderr);
  const results = [];
  try {
    for (const [i, entry] of tensors.entries()) {
      const label = (fraction: number) =>
        `${i + 1} of ${tensors.length}  ${Math.floor(100 * fraction)} %  ${entry.name}`;
      line.show(label(0));
      const analysis = await analyzeTensor(
        nodeFileSystem,
        { entry, fileSize: sizeOf(model, entry), ...work },
        { progress: f => line.show(label(f)) },
      );
      results.push({ entry, analysis });
    }
  } finally {
    line.clear();
  }
  return results;
}

/** Size, when its header was read, of the file that holds a tensor. */
export function sizeOf(model: Model, { data }: TensorEntry): number {
  return model.files.find(f => f.path === data.path)!.byteLength;
}
