import { tensorKind } from '../../base/tensorKind';
import type { RankedTensor, TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { SeriesSource } from './series';

/**
 * The tensors with the lowest SQNR, the lowest first, with their share of the model's squared error. Of a sampled tensor the mean
 * squared error stands for all of its elements. Looks at each tensor once: figures arrive many times a second.
 * @param ids tensors to choose from; of equal ones the first come first
 */
export function rankWorst(
  source: Pick<SeriesSource, 'tensors' | 'analysis'>,
  ids: Int32Array,
  { scheme, count }: { readonly scheme: number; readonly count: number },
): RankedTensor[] {
  const { tensors, analysis } = source;
  const errorOf = (id: TensorId) => squaredError(analysis(id), scheme, tensors[id]!.count);
  let all = 0;
  for (let id = 0; id < tensors.length; id++) all += errorOf(id);
  return lowest(ids, count, id => analysis(id)?.reports[scheme]?.sqnrDb ?? null).map(
    ({ id, value }) => ({
      tensor: id,
      name: tensors[id]!.name,
      tensorKind: tensorKind(tensors[id]!.name),
      sqnrDb: value,
      gaussianSqnrDb: analysis(id)?.gaussianSqnrDb[scheme] ?? null,
      share: all > 0 ? errorOf(id) / all : null,
    }),
  );
}

/** The `count` lowest values, ascending; what has none is passed over. */
function lowest(
  ids: Int32Array,
  count: number,
  figureOf: (id: TensorId) => number | null,
): { readonly id: TensorId; readonly value: number }[] {
  const found: { readonly id: TensorId; readonly value: number }[] = [];
  for (const id of ids) {
    const value = figureOf(id);
    if (value === null) continue;
    if (found.length === count && value >= found[count - 1]!.value) continue;
    const place = found.findLastIndex(other => other.value <= value) + 1;
    found.splice(place, 0, { id, value });
    found.length = Math.min(count, found.length);
  }
  return found;
}

function squaredError(analysis: TensorAnalysis | null, scheme: number, elements: number): number {
  return (analysis?.reports[scheme]?.mse ?? 0) * elements;
}
