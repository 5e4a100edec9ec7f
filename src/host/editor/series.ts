import type { TensorEntry } from '../../formats/tensorFile';
import type { Band, Series, TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { ErrorReport } from '../../quant/errorReport';
import { outlierFraction } from './figures';

/** What the charts are made of. */
export interface SeriesSource {
  readonly tensors: readonly TensorEntry[];
  readonly schemes: number;
  readonly analysis: (tensor: TensorId) => TensorAnalysis | null;
}

/**
 * The charts' marks: one a tensor, or, where there are more tensors than marks, one a run of neighbours with the lowest
 * and highest value in it.
 * @param order tensors of the view
 */
export function buildSeries(
  source: SeriesSource,
  order: Int32Array,
  most: number,
): Omit<Series, 'generation'> {
  const marks = Math.min(order.length, most);
  const start = markStarts(order.length, marks);
  const tensor = Int32Array.from({ length: marks }, (_, i) => order[start[i]!]!);
  const outliers = emptyBand(marks);
  const schemes = Array.from({ length: source.schemes }, () => ({
    scale: emptyBand(marks),
    zeroPoint: emptyBand(marks),
    sqnrDb: emptyBand(marks),
    mse: emptyBand(marks),
  }));

  for (let mark = 0; mark < marks; mark++) {
    for (let i = start[mark]!; i < start[mark + 1]!; i++) {
      const analysis = source.analysis(order[i]!);
      if (!analysis) continue;
      const fraction = outlierFraction(analysis.profile);
      widen(outliers, mark, { min: fraction, max: fraction });
      for (const [k, bands] of schemes.entries()) addReport(bands, mark, analysis.reports[k]);
    }
  }
  const name = Array.from(tensor, id => source.tensors[id]!.name);
  return { count: order.length, start, tensor, name, outliers, schemes };
}

/** Cuts `count` neighbours into marks as equal as can be: mark i stands for [start[i], start[i + 1]). */
export function markStarts(count: number, marks: number): Int32Array {
  if (marks === 0) return Int32Array.of(0);
  return Int32Array.from({ length: marks + 1 }, (_, i) => Math.floor((i * count) / marks));
}

function addReport(
  bands: Series['schemes'][number],
  mark: number,
  report: ErrorReport | null | undefined,
): void {
  if (!report) return;
  const { sqnrDb, mse, scale, zeroPoint } = report;
  widen(bands.scale, mark, scale);
  widen(bands.zeroPoint, mark, zeroPoint);
  widen(bands.sqnrDb, mark, { min: sqnrDb, max: sqnrDb });
  widen(bands.mse, mark, { min: mse, max: mse });
}

/** A band without a value yet: NaN. */
export function emptyBand(marks: number): Band {
  return {
    low: new Float64Array(marks).fill(Number.NaN),
    high: new Float64Array(marks).fill(Number.NaN),
  };
}

/** Makes a mark of a band reach to these values, where there are any. */
export function widen(
  { low, high }: Band,
  mark: number,
  { min, max }: { readonly min: number | null; readonly max: number | null },
): void {
  // Written so that NaN, no value yet, gives way.
  if (min !== null && !(low[mark]! <= min)) low[mark] = min;
  if (max !== null && !(high[mark]! >= max)) high[mark] = max;
}
