import type { TensorEntry } from '../../formats/tensorFile';
import type {
  Band,
  ParamBand,
  SchemeBands,
  Series,
  SeriesQuery,
  TensorId,
} from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { Spread } from '../../quant/errorReport';
import { outlierFraction } from './figures';
import { kindsOf } from './kinds';

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
  { marks: most, range, byKind }: Omit<SeriesQuery, 'view'>,
): Omit<Series, 'generation'> {
  const to = Math.min(order.length, range?.to ?? order.length);
  const from = Math.min(to, range?.from ?? 0);
  const kindOf = kindsOf(source.tensors);
  const found = byKind === undefined ? null : kindsAmong(kindOf, order.subarray(from, to));
  // A mark of several tensors is drawn once for each of their kinds.
  const fewer = Math.max(1, Math.floor(most / Math.max(1, found?.length ?? 1)));
  const marks = Math.min(to - from, to - from > most ? fewer : most);
  const start = markStarts(to - from, marks).map(position => from + position);
  const tensor = Int32Array.from({ length: marks }, (_, i) => order[start[i]!]!);
  const outliers = emptyBand(marks);
  const schemes = Array.from({ length: source.schemes }, () => emptySchemeBands(marks));
  const present =
    found?.map(kind => ({ kind, outliers: emptyBand(marks), ...emptySchemeBands(marks) })) ?? null;
  const bandsOf = new Map(present?.map(bands => [bands.kind, bands]));

  for (let mark = 0; mark < marks; mark++) {
    for (let i = start[mark]!; i < start[mark + 1]!; i++) {
      const analysis = source.analysis(order[i]!);
      if (!analysis) continue;
      addOutliers(outliers, mark, analysis);
      for (let k = 0; k < schemes.length; k++) addScheme(schemes[k]!, mark, analysis, k);
      const kind = bandsOf.get(kindOf[order[i]!]!);
      if (!kind) continue;
      addOutliers(kind.outliers, mark, analysis);
      addScheme(kind, mark, analysis, byKind!);
    }
    if (start[mark + 1]! - start[mark]! > 1)
      for (const bands of [...schemes, ...(present ?? [])]) forgetMedians(bands, mark);
  }
  return {
    count: order.length,
    start,
    tensor,
    name: Array.from(tensor, id => source.tensors[id]!.name),
    kind: Uint8Array.from(tensor, id => kindOf[id]!),
    outliers,
    schemes,
    kinds: present,
    sqnrRange: sqnrRange(source),
  };
}

/** The kinds that these tensors are of. */
function kindsAmong(kindOf: Uint8Array, tensors: Int32Array): number[] {
  const found = new Set<number>();
  for (const id of tensors) found.add(kindOf[id]!);
  return [...found].sort((a, b) => a - b);
}

function sqnrRange({ tensors, schemes, analysis }: SeriesSource): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (let id = 0; id < tensors.length; id++) {
    const reports = analysis(id)?.reports;
    if (!reports) continue;
    for (let k = 0; k < schemes; k++) {
      const sqnrDb = reports[k]?.sqnrDb ?? null;
      if (sqnrDb === null) continue;
      if (sqnrDb < low) low = sqnrDb;
      if (sqnrDb > high) high = sqnrDb;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Cuts `count` neighbours into marks as equal as can be: mark i stands for [start[i], start[i + 1]). */
export function markStarts(count: number, marks: number): Int32Array {
  if (marks === 0) return Int32Array.of(0);
  return Int32Array.from({ length: marks + 1 }, (_, i) => Math.floor((i * count) / marks));
}

function addOutliers(outliers: Band, mark: number, { profile }: TensorAnalysis): void {
  const fraction = outlierFraction(profile);
  widen(outliers, mark, fraction);
}

function addScheme(
  bands: SchemeBands,
  mark: number,
  { reports, gaussianSqnrDb }: TensorAnalysis,
  scheme: number,
): void {
  const report = reports[scheme];
  if (!report) return;
  const { sqnrDb, mse, scale, zeroPoint } = report;
  const gaussian = gaussianSqnrDb[scheme] ?? null;
  addParams(bands.scale, mark, scale);
  addParams(bands.zeroPoint, mark, zeroPoint);
  widen(bands.sqnrDb, mark, sqnrDb);
  widen(bands.mse, mark, mse);
  widen(bands.gaussianSqnrDb, mark, gaussian);
}

function addParams(band: ParamBand, mark: number, spread: Spread): void {
  widen(band, mark, spread.min, spread.max);
  band.median[mark] = spread.median ?? Number.NaN;
}

/** Of several tensors there is no one median. */
function forgetMedians({ scale, zeroPoint }: SchemeBands, mark: number): void {
  scale.median[mark] = Number.NaN;
  zeroPoint.median[mark] = Number.NaN;
}

function emptySchemeBands(marks: number): SchemeBands {
  const params = () => ({
    ...emptyBand(marks),
    median: new Float64Array(marks).fill(Number.NaN),
  });
  return {
    scale: params(),
    zeroPoint: params(),
    sqnrDb: emptyBand(marks),
    mse: emptyBand(marks),
    gaussianSqnrDb: emptyBand(marks),
  };
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
  min: number | null,
  max: number | null = min,
): void {
  // Written so that NaN, no value yet, gives way.
  if (min !== null && !(low[mark]! <= min)) low[mark] = min;
  if (max !== null && !(high[mark]! >= max)) high[mark] = max;
}
