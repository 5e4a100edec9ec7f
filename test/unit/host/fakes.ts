import type { TensorEntry } from '../../../src/formats/tensorFile';
import type { RowsView, TensorId } from '../../../src/protocol/editor';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import type { ErrorReport } from '../../../src/quant/errorReport';
import type { Profile } from '../../../src/stats/profile';

/** A tensor of a made-up file. */
export function entry(name: string, shape: readonly number[] = [2, 3]): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = { path: '/m', offset: 0, byteLength: 4 * count, byteOrder: 'little' as const };
  return { name, dtype: 'F32', shape, count, data: { ...data, fortranOrder: false } };
}

export function profile(given: Partial<Profile> = {}): Profile {
  return {
    ...{ count: 100, nan: 0, infinite: 0, zeros: 0 },
    ...{ min: -1, max: 2, absMax: 2, mean: 0.5, std: 0.25 },
    outliers: { threshold: 1.5, count: 3 },
    ...given,
  };
}

export function report(given: Partial<ErrorReport> = {}): ErrorReport {
  return {
    ...{ scheme: 'int8', bitsPerWeight: 8, mse: 1e-6, maxAbsError: 0.01, meanAbsError: 0.001 },
    ...{ sqnrDb: 40, cosine: 0.999, relativeFrobenius: 0.01, clippedFraction: 0, rmse: 1e-3 },
    ...{ rmseOverScale: 0.289, codesUsed: 200, codesAvailable: 255, codeEntropy: 6.5 },
    scale: { min: 0.01, median: 0.015, max: 0.02, count: 2 },
    zeroPoint: { min: 0, median: 0, max: 0 },
    ...given,
  };
}

export function analysis(given: Partial<TensorAnalysis> = {}): TensorAnalysis {
  return {
    ...{ profile: profile(), reports: [report()], sampled: 1, findings: [] },
    ...{ schemeFindings: [[]], gaussianSqnrDb: [null] },
    ...given,
  };
}

/** The view a tab begins with, but for what is given. */
export function view(given: Partial<RowsView> = {}): RowsView {
  return { filter: '', sort: 'model', descending: false, grouped: false, collapsed: [], ...given };
}

/** Names of tensors, in an order. */
export function namesOf(tensors: readonly TensorEntry[], order: ArrayLike<TensorId>): string[] {
  return Array.from(order, id => tensors[id]!.name);
}
