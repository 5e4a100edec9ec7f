import type { FileSystem } from '../base/bytes';
import { throwIfCancelled, WeightError } from '../base/errors';
import { isCountable } from '../formats/patterns';
import { matrixOf, type RowStream } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type { CalibrationCurve, CurveKind, LayerWork } from '../protocol/layer';
import type { Params } from '../protocol/rpc';
import type { Calibrated, Calibrator, Candidate } from '../quant/calibration/calibrator';
import { searchesThresholds, thresholdCurve } from '../quant/calibration/curve';
import { levelGridOf } from '../quant/grids/levelGrids';
import { inTurn, lookAtCounts } from '../quant/run/chunks';
import { methodOf } from '../quant/run/method';
import { pickOutliers } from '../quant/run/outlierPicker';
import { SchemeRun } from '../quant/run/schemeRun';
import { SegmentGatherer } from '../quant/run/segmentGatherer';
import { methodShape, type SegmentPlace, segmentPlace } from '../quant/run/segments';
import type { Calibration, Scheme } from '../quant/scheme';
import { parseScheme, printScheme } from '../quant/schemeText';
import { absMaxOf, Moments } from '../stats/moments';
import type { Chunk } from '../stats/profile';
import { countingOf, figuresOf } from './analysis';
import { type How, type RowWork, withRows } from './desk';
import { lookAtAll } from './looks';

/** Points of a curve that a chart draws, at most. */
const mostPoints = 2000;
/** Values that are quantized anew for each candidate, at most: a hundred of them take half a second. */
const mostQuantized = 2 ** 18;
/** Values that are put in a histogram, at most (16 MiB of float32). */
const mostBinned = 2 ** 22;
/** Values that a search is shown at a time, so that it can be stopped. */
const atOnce = 2 ** 14;

type Task = Params<LayerWork, 'layer/curve'>;

/**
 * What a search for the threshold of one segment finds. The values of the segment are gathered, evenly spaced ones where
 * they are too many, and searched by themselves; where the whole tensor is the segment and its values can be counted, all are.
 * @throws WeightError 'cancelled', 'unsupported' for a segment that is not there, or whatever reading throws
 */
export async function curveOfLayer(
  files: FileSystem,
  task: Task,
  how: How,
): Promise<CalibrationCurve | null> {
  const { entry, fileSize, segment, by } = task;
  const scheme = searchedScheme(parseScheme(task.scheme), by);
  if (!scheme || !figuresOf(entry).schemes) return null;
  const matrix = matrixOf(entry.shape);
  const method = methodOf(scheme);
  const shape = methodShape(method, matrix);
  if (!(segment < shape[0] * shape[1]))
    throw new WeightError('unsupported', `there is no segment ${segment} of this scheme`);
  const place = segmentPlace({ ...method, shape }, matrix, segment);
  const rows = needsAll(scheme) ? {} : { block: { row: place.row, rows: place.rows } };
  const asked = { entry, fileSize, schemes: [] };
  const found = await withRows(files, asked, { ...how, rows }, (stream, work) =>
    shape[0] * shape[1] === 1 && isCountable(entry) && isOrderless(scheme, stream)
      ? searchCounted(stream, { entry, scheme }, work)
      : searchGathered(stream, { scheme, place }, work),
  );
  const { calibration } = scheme;
  const { curve, values, counts, searched, of } = found;
  const moments = new Moments();
  moments.add(values, counts);
  const figures = { calibration, curve, absMax: absMaxOf(moments), count: moments.finite };
  const drawn = thresholdCurve(figures, mostPoints);
  return drawn && { by, scheme: printScheme(scheme), ...drawn, searched, of };
}

/** The scheme that is searched; null where it has no threshold. */
function searchedScheme(scheme: Scheme, by: CurveKind): Scheme | null {
  const { grid, runtime } = scheme;
  if (grid.kind === 'cast' || grid.kind === 'format') return null;
  if (by === 'scheme')
    return runtime !== 'hqq' && searchesThresholds(scheme.calibration) ? scheme : null;
  const levels = grid.kind === 'integer' ? 2 ** grid.bits : levelGridOf(grid).levels.length;
  const calibration: Calibration =
    by === 'mse'
      ? { kind: 'mse', grid: 100, shrink: 0.95, norm: 2 }
      : { kind: 'entropy-ort', bins: 2048, levels: Math.max(2, levels >> 1) };
  // HQQ has no other calibration than its own.
  return { ...scheme, runtime: runtime === 'hqq' ? null : runtime, calibration };
}

/** Whether what is kept apart is told from the whole tensor. */
function needsAll({ outliers }: Scheme): boolean {
  return outliers !== null && outliers.kind !== 'abs';
}

function isOrderless(scheme: Scheme, { matrix }: RowStream): boolean {
  const run = new SchemeRun(scheme, matrix, false);
  run.listen({ totals: () => {} });
  return run.isOrderless;
}

/** A search's curve, and what was searched. */
interface Found {
  readonly curve: readonly Candidate[];
  readonly values: Chunk['values'];
  readonly counts?: Float64Array | undefined;
  readonly searched: number;
  readonly of: number;
}

async function searchCounted(
  stream: RowStream,
  { entry, scheme }: { readonly entry: TensorEntry; readonly scheme: Scheme },
  { signal, onProgress, afterTile, memory }: RowWork,
): Promise<Found> {
  const counting = countingOf(entry, memory);
  await lookAtAll(stream, [], { signal, onProgress, afterTile, counting, passes: 1 });
  const counted = counting.counted();
  const run = new SchemeRun(scheme, stream.matrix, false);
  let curve: readonly Candidate[] = [];
  run.listen({ totals: () => {}, settled: (_, settled) => (curve = [...settled.curve]) });
  lookAtCounts(run, counted);
  const { values, counts } = counted;
  return { curve, values, counts, searched: entry.count, of: entry.count };
}

async function searchGathered(
  stream: RowStream,
  { scheme, place }: { readonly scheme: Scheme; readonly place: SegmentPlace },
  { signal, onProgress, afterTile }: RowWork,
): Promise<Found> {
  const { cols } = stream.matrix;
  const picker = scheme.outliers && pickOutliers(scheme.outliers, cols);
  const most = scheme.calibration.kind === 'mse' ? mostQuantized : mostBinned;
  // What a picker keeps may be another function when it has finished.
  const isKept = picker ? (x: number, index: number) => picker.isKept(x, index) : undefined;
  const gatherer = new SegmentGatherer(place, { cols, most, isKept });
  const looks = inTurn([...(picker ? [() => picker] : []), () => gatherer]);
  const passes = picker && needsAll(scheme) ? 2 : 1;
  await lookAtAll(stream, [looks], { signal, onProgress, afterTile, passes });
  const { values, counts } = gatherer;
  const calibrator = methodOf(scheme).parts!.calibrator();
  const { curve } = await calibrateSlowly(calibrator, { values, counts }, { signal, afterTile });
  return { curve, values, counts, searched: values.length, of: gatherer.of };
}

/** Shows values to a calibrator piece by piece, as often as it asks for them. */
async function calibrateSlowly(
  calibrator: Calibrator,
  { values, counts }: Pick<Chunk, 'values' | 'counts'>,
  { signal, afterTile }: Pick<RowWork, 'signal' | 'afterTile'>,
): Promise<Calibrated> {
  for (;;) {
    for (let from = 0; from < values.length; from += atOnce) {
      calibrator.add(values, from, Math.min(from + atOnce, values.length), counts);
      await new Promise(resolve => setImmediate(resolve));
      throwIfCancelled(signal);
      await afterTile?.();
    }
    const calibrated = calibrator.finish();
    if (calibrated) return calibrated;
  }
}
