import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { Comparison } from '../compare/comparison';
import type { Pair } from '../compare/pairs';
import type { Finding, Model } from '../formats/tensorFile';
import type { CompareRequest } from '../protocol/worker';
import { compareTensors } from '../worker/compare';
import { nodeFileSystem } from '../worker/fileSystem';
import { createPool } from '../worker/pool';
import { jointProgress } from './jointProgress';
import { type OnProgress, sizeOf } from './model';
import { progressLine } from './progress';
import { sideBySide } from './sideBySide';
import { workerPath, workersFor } from './workers';

/** What came of a pair: its comparison, or why there is none. */
export interface Compared {
  readonly pair: Pair;
  /** Null where one of the two cannot be decoded. */
  readonly comparison: Comparison | null;
  readonly findings: readonly Finding[];
}

/**
 * Compares pairs of weights, on all cores where that pays, with progress on a terminal. Results are in the order of the pairs.
 * @param asked most worker threads; absent: what suits the machine and the weights
 */
export async function compareEach(
  models: { readonly a: Model; readonly b: Model },
  pairs: readonly Pair[],
  asked?: number,
): Promise<Compared[]> {
  const entries = pairs.flatMap(({ a, b }) => [a.entry, b.entry]);
  const size = workersFor(entries, asked);
  const pool = size > 1 ? createPool({ workerPath, size }) : null;
  const compare: Compare = pool
    ? (request, onProgress) => pool.request('tensor/compare', request, { onProgress })
    : (request, onProgress) =>
        compareTensors(nodeFileSystem, request, {
          onProgress: (done, total) => onProgress(done / total),
        });
  const line = progressLine(process.stderr);
  // A weight that is in several pairs is begun, and ends, once for each.
  const tasks = pairs.map(pair => ({ pair, entry: { ...pair.a.entry } }));
  const progress = jointProgress(
    tasks.map(t => t.entry),
    line.show,
  );
  try {
    return await sideBySide(tasks, pool ? 2 * size : 1, async ({ pair, entry }) => {
      const onProgress = progress.begin(entry);
      const compared = await outcome(pair, compare(requestOf(models, pair), onProgress));
      progress.end(entry);
      return compared;
    });
  } finally {
    // Not waited for: threads that are idle do not keep the process.
    void pool?.dispose();
    line.clear();
  }
}

type Compare = (request: CompareRequest, onProgress: OnProgress) => Promise<Comparison>;

function requestOf(models: { readonly a: Model; readonly b: Model }, pair: Pair): CompareRequest {
  const { a, b, shape } = pair;
  return {
    a: { ...a, fileSize: sizeOf(models.a, a.entry) },
    b: { ...b, fileSize: sizeOf(models.b, b.entry) },
    shape,
  };
}

/** One weight that contradicts itself does not keep the others from being compared. */
async function outcome(pair: Pair, comparing: Promise<Comparison>): Promise<Compared> {
  try {
    const comparison = await comparing;
    return { pair, comparison, findings: nonFinite(pair, comparison) };
  } catch (e) {
    if (!WeightError.is(e, 'malformed', 'unsupported', 'over-limit')) throw e;
    const message = `${quote(pair.name)} is not compared: ${e.message}`;
    return {
      pair,
      comparison: null,
      findings: [{ severity: 'warning', message, tensor: pair.name }],
    };
  }
}

function nonFinite({ name }: Pair, comparison: Comparison): Finding[] {
  const { nonFinite, count } = comparison;
  if (nonFinite === 0) return [];
  const message = `${quote(name)}: ${nonFinite} of ${count + nonFinite} pairs of values hold a NaN or an infinity; they are left out of its figures`;
  return [{ severity: 'warning', message, tensor: name }];
}
