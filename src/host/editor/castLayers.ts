import { tensorKind } from '../../base/tensorKind';
import type { TensorEntry } from '../../formats/tensorFile';
import {
  type CastFigure,
  type CastMeasure,
  type CastPage,
  type CastRow,
  type CastSeries,
  type CastSeriesQuery,
  type CastsView,
  type CastTotals,
  castFigures,
  castFormats,
} from '../../protocol/precision';
import type { TensorId } from '../../protocol/tensor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { Cast, CastFormat } from '../../stats/profile';
import type { Analysis } from './analysis';
import { dtypeText } from './dtypeText';
import { nameKey } from './natural';
import { compareNumbers, compareText } from './order';
import { isFloating } from './schemes';
import { emptyBand, markStarts, widen } from './series';

/** What is known of casts is told by. */
export interface CastSource {
  readonly tensors: readonly TensorEntry[];
  readonly analysis: Pick<Analysis, 'result' | 'status'>;
  /** All tensors in the model's order. */
  readonly order: () => Int32Array;
}

/** What casts would do to the layers of one model: totals, sorted and paged rows, and the chart. */
export interface CastLayers {
  totals(): Omit<CastTotals, 'generation'>;
  page(view: CastsView, from: number, count: number): Omit<CastPage, 'generation'>;
  /** Index of a tensor's row; null where it is no layer. */
  find(view: CastsView, tensor: TensorId): number | null;
  series(query: CastSeriesQuery): Omit<CastSeries, 'generation'>;
}

/** What is known of one layer. */
interface Known {
  /** Finite values that were looked at. */
  readonly values: number;
  readonly casts: readonly Cast[];
}

/** Makes the layers. The order of the last view is kept until other figures are known. */
export function createCastLayers({ tensors, analysis, order }: CastSource): CastLayers {
  let layers: Int32Array | undefined;
  let kept: { readonly key: string; readonly order: Int32Array } | null = null;

  const inOrder = () => {
    layers ??= order().filter(id => isFloating(tensors[id]!) && tensors[id]!.count > 0);
    return layers;
  };

  const knownOf = (tensor: TensorId) => known(analysis.result(tensor));

  const castOf = (tensor: TensorId, format: CastFormat) =>
    knownOf(tensor)?.casts.find(cast => cast.format === format) ?? null;

  function sorted(view: CastsView): Int32Array {
    let [layersKnown, values] = [0, 0];
    for (const id of inOrder()) {
      const found = knownOf(id);
      if (!found) continue;
      layersKnown++;
      values += found.values;
    }
    const key = JSON.stringify([view, layersKnown, values]);
    if (kept?.key !== key) kept = { key, order: sortLayers(view) };
    return kept.order;
  }

  /** Stable: of equal ones that which loses more in another way comes first, then the model's order decides. */
  function sortLayers({ format, by, sort, descending }: CastsView): Int32Array {
    const ids = inOrder();
    const sign = descending ? -1 : 1;
    if (sort === 'model') return descending ? ids.toReversed() : ids;
    if (sort === 'name' || sort === 'dtype') {
      const textOf = sort === 'name' ? (t: TensorEntry) => nameKey(t.name) : dtypeText;
      const texts = new Map(Array.from(ids, id => [id, textOf(tensors[id]!)] as const));
      return ids.toSorted((a, b) => sign * compareText(texts.get(a)!, texts.get(b)!));
    }
    if (sort === 'values') {
      const counts = new Map(Array.from(ids, id => [id, knownOf(id)?.values ?? NaN] as const));
      return ids.toSorted((a, b) => compareNumbers(counts.get(a)!, counts.get(b)!, sign));
    }
    const figures = [sort, ...severity.filter(figure => figure !== sort)];
    const values = new Map(
      Array.from(ids, id => [id, figures.map(f => figureOf(id, { format, by, figure: f }))]),
    );
    return ids.toSorted((a, b) => {
      const [x, y] = [values.get(a)!, values.get(b)!];
      const at = x.findIndex((value, i) => value !== y[i]);
      return at < 0 ? 0 : compareNumbers(x[at]!, y[at]!, sign);
    });
  }

  /** NaN where it is not known. */
  function figureOf(
    tensor: TensorId,
    { format, by, figure }: { readonly format: CastFormat } & Measured,
  ): number {
    const cast = castOf(tensor, format);
    if (!cast) return NaN;
    return by === 'count' ? cast[figure] : shareOf(cast[figure], knownOf(tensor)!.values);
  }

  function row(tensor: TensorId, format: CastFormat): CastRow {
    const entry = tensors[tensor]!;
    const { name } = entry;
    return {
      ...{ tensor, name, tensorKind: tensorKind(name), dtype: dtypeText(entry) },
      status: analysis.status(tensor),
      values: knownOf(tensor)?.values ?? null,
      cast: castOf(tensor, format),
      sampled: (analysis.result(tensor)?.sampled ?? 1) < 1,
    };
  }

  return {
    totals: () => totalsOf({ tensors, analysis, layers: inOrder() }),
    page(view, from, count) {
      const found = sorted(view);
      const rows = Array.from(found.subarray(from, from + count), id => row(id, view.format));
      return { total: found.length, matching: found.length, from, rows, filterError: null };
    },
    find(view, tensor) {
      const at = sorted(view).indexOf(tensor);
      return at < 0 ? null : at;
    },
    series({ marks: most, ...measured }) {
      const ids = inOrder();
      const marks = Math.min(ids.length, most);
      const start = markStarts(ids.length, marks);
      const band = emptyBand(marks);
      for (let mark = 0; mark < marks; mark++)
        for (let i = start[mark]!; i < start[mark + 1]!; i++) {
          const value = figureOf(ids[i]!, measured);
          if (!Number.isNaN(value)) widen(band, mark, value);
        }
      const tensor = Int32Array.from({ length: marks }, (_, mark) => ids[start[mark]!]!);
      const name = Array.from(tensor, id => tensors[id]!.name);
      return { count: ids.length, start, tensor, name, band };
    },
  };
}

interface Measured {
  readonly by: CastMeasure;
  readonly figure: CastFigure;
}

/** What is worse comes first. */
const severity: readonly CastFigure[] = ['overflow', 'underflow', 'changed', 'subnormal'];

function known(analysis: TensorAnalysis | null): Known | null {
  const { profile, casts } = analysis ?? {};
  if (!profile || !casts) return null;
  return { values: profile.count - profile.nan - profile.infinite, casts };
}

/** Of no values nothing is lost. */
function shareOf(count: number, values: number): number {
  return values === 0 ? 0 : count / values;
}

function totalsOf({
  tensors,
  analysis,
  layers,
}: Omit<CastSource, 'order'> & { readonly layers: Int32Array }): Omit<CastTotals, 'generation'> {
  const formats = castFormats.map(format => ({
    format,
    ...{ changed: noCount(), overflow: noCount(), underflow: noCount(), subnormal: noCount() },
  }));
  const dtypes = new Set<string>();
  let [knownLayers, failed, values] = [0, 0, 0];
  let absMax: number | null = null;
  let sampled = false;
  for (const id of layers) {
    dtypes.add(dtypeText(tensors[id]!));
    if (analysis.status(id) === 'failed') failed++;
    const result = analysis.result(id);
    const found = known(result);
    if (!result || !found) continue;
    knownLayers++;
    values += found.values;
    sampled ||= result.sampled < 1;
    const largest = result.profile?.absMax ?? null;
    if (largest !== null) absMax = Math.max(absMax ?? 0, largest);
    for (const total of formats) {
      const cast = found.casts.find(({ format }) => format === total.format);
      if (!cast) continue;
      for (const figure of castFigures) {
        total[figure].values += cast[figure];
        total[figure].layers += Number(cast[figure] > 0);
      }
    }
  }
  const [dtype = null] = dtypes;
  return {
    ...{ layers: layers.length, known: knownLayers, failed, sampled, values, absMax },
    dtype: dtypes.size === 1 ? dtype : null,
    formats,
  };
}

const noCount = () => ({ values: 0, layers: 0 });
