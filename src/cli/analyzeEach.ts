import type { Model, TensorEntry } from '../formats/tensorFile';
import { type Analyzed, analyze, eachTensor, type Work } from './model';
import { outcome } from './outcome';
import { analyzeInWorkers, workersFor } from './workers';

/** What is computed of every tensor, and by how many. */
export interface SharedWork extends Work {
  /** Worker threads; absent: what suits the machine and the tensors. */
  readonly workers?: number | undefined;
}

/** Analyses tensors, on all cores where that pays, with progress on a terminal. Results are in the order of the tensors. */
export function analyzeEach(
  model: Model,
  tensors: readonly TensorEntry[],
  { workers, ...work }: SharedWork,
): Promise<Analyzed[]> {
  const size = workersFor(tensors, workers);
  return size > 1
    ? analyzeInWorkers(model, tensors, { size, work })
    : analyzeHere(model, tensors, work);
}

async function analyzeHere(
  model: Model,
  tensors: readonly TensorEntry[],
  work: Work,
): Promise<Analyzed[]> {
  const results: Analyzed[] = [];
  const schemes = work.schemes.length;
  const alone = tensors.length === 1;
  await eachTensor(
    tensors.map(entry => ({ entry })),
    async ({ entry }, progress) => {
      const analysing = analyze(model, entry, { ...work, progress });
      results.push(await outcome(entry, analysing, { schemes, alone }));
    },
  );
  return results;
}
