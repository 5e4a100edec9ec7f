import type { Pair } from '../../../../src/compare/pairs';
import type { PairFigures } from '../../../../src/protocol/compare';
import type { PairedModels } from '../../../../src/protocol/worker';
import { entry } from '../fakes';

/** A pair of weights of one name, in two files. */
export function pair(name: string, shape: readonly number[] = [2, 3]): Pair {
  const a = entry(name, shape);
  return { name, shape, a: { entry: a }, b: { entry: { ...a, data: { ...a.data, path: '/n' } } } };
}

/** Models that hold these pairs and nothing else. */
export function paired(pairs: readonly Pair[]): PairedModels {
  const facts = (path: string, byteLength: number) => ({
    files: [{ path, byteLength }],
    findings: [],
  });
  return { pairs, onlyA: [], onlyB: [], a: facts('/m', 777), b: facts('/n', 888) };
}

export function figures(given: Partial<PairFigures> = {}): PairFigures {
  return {
    ...{ count: 6, nonFinite: 0, mse: 1e-4, sqnrDb: 20, cosine: 0.99 },
    ...{ relativeFrobenius: 0.1, maxAbsError: 0.5, meanAbsError: 0.01 },
    maxAt: { row: 0, col: 1 },
    worstBlock: { row: 0, col: 0, rows: 2, cols: 3, mse: 1e-4 },
    ...given,
  };
}
