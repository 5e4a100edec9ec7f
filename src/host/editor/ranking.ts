import { tensorKinds } from '../../base/tensorKind';
import type { RankedTensor, TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import { kindsOf } from './kinds';
import type { SeriesSource } from './series';

/**
 * The first tensors of an order that have an SQNR, with their share of the model's squared error. Of a sampled tensor the mean
 * squared error stands for all of its elements.
 * @param order tensors from the lowest SQNR on
 */
export function rankWorst(
  source: Pick<SeriesSource, 'tensors' | 'analysis'>,
  order: Int32Array,
  { scheme, count }: { readonly scheme: number; readonly count: number },
): RankedTensor[] {
  const { tensors, analysis } = source;
  const kinds = kindsOf(tensors);
  const errorOf = (id: TensorId) => squaredError(analysis(id), scheme, tensors[id]!.count);
  let all = 0;
  for (let id = 0; id < tensors.length; id++) all += errorOf(id);
  const worst: RankedTensor[] = [];
  for (const id of order) {
    const sqnrDb = analysis(id)?.reports[scheme]?.sqnrDb ?? null;
    if (worst.length === count || sqnrDb === null) break; // those without come last
    worst.push({
      tensor: id,
      name: tensors[id]!.name,
      tensorKind: tensorKinds[kinds[id]!]!,
      sqnrDb,
      gaussianSqnrDb: analysis(id)?.gaussianSqnrDb[scheme] ?? null,
      share: all > 0 ? errorOf(id) / all : null,
    });
  }
  return worst;
}

function squaredError(analysis: TensorAnalysis | null, scheme: number, elements: number): number {
  return (analysis?.reports[scheme]?.mse ?? 0) * elements;
}
