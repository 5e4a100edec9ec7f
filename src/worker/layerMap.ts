import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { matrixOf, type RowStream } from '../formats/rows';
import type { LayerWork, PlaceMap } from '../protocol/layer';
import type { Params } from '../protocol/rpc';
import { misfit } from '../quant/misfit';
import type { Looker } from '../quant/run/chunks';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { parseScheme } from '../quant/schemeText';
import { MagnitudeMap, windowIn } from '../stats/placeMap';
import { figuresOf } from './analysis';
import { type How, type RowWork, withRows } from './desk';
import { lookAtAll } from './looks';
import { calibratedOnce } from './onceCalibrated';

type Task = Params<LayerWork, 'layer/map'>;

/**
 * Magnitudes of the values, or of the errors of a scheme, by place. Only the window's rows are read where no more has to be
 * known: of values always, of errors where each row is done by itself or the range of all is known.
 * @throws WeightError 'cancelled', 'unsupported' where there are no magnitudes, or whatever reading throws
 */
export async function mapLayer(files: FileSystem, task: Task, how: How): Promise<PlaceMap> {
  const { entry, fileSize } = task;
  const matrix = matrixOf(entry.shape);
  const window = windowIn(matrix, task.window);
  const map = new MagnitudeMap(matrix, window, task.cells);
  const scheme = parseScheme(task.scheme);
  checkMap(task, scheme);
  if (window.rows === 0 || window.cols === 0) return map.result;
  const block = { row: window.row, rows: window.rows };
  const asked = { entry, fileSize, schemes: task.of === 'error' ? [task.scheme] : [] };
  if (task.of === 'weight') {
    const looker = { add: (c: Chunk) => map.add(c.values, c.index), finish: () => true };
    await withRows(files, asked, { ...how, rows: { block } }, look(looker));
    return map.result;
  }
  const known = await calibrated(files, { ...task, parsed: scheme }, how);
  const run = new SchemeRun(known, matrix, false);
  run.listen({ piece: ({ values, index, results }) => map.add(values, index, results) });
  const rows = run.isRowwise ? { block } : {};
  await withRows(files, asked, { ...how, rows }, look(run, run.isRowwise ? 1 : 2));
  return map.result;
}

type Chunk = Parameters<Looker['add']>[0];

const look =
  (looker: Looker, passes = 1) =>
  (stream: RowStream, { signal, onProgress, afterTile }: RowWork) =>
    lookAtAll(stream, [looker], { signal, onProgress, afterTile, passes });

/** The scheme with its range, where a window is asked for and one range is the whole tensor's. */
async function calibrated(
  files: FileSystem,
  { entry, fileSize, statistics, window, parsed, scheme }: Task & { readonly parsed: Scheme },
  how: How,
): Promise<Scheme> {
  const profile = statistics?.profile;
  if (!profile || !window) return parsed;
  const { progress: _, ...quiet } = how;
  const asked = { entry, fileSize, schemes: [scheme] };
  return withRows(files, asked, { ...quiet, rows: {} }, (stream, work) =>
    calibratedOnce(stream, { entry, scheme: parsed, profile }, work),
  );
}

function checkMap({ entry, of }: Task, scheme: Scheme): void {
  const { name, dtype, shape } = entry;
  const { statistics, schemes } = figuresOf(entry);
  const reason = statistics
    ? of === 'error' && (schemes ? misfit(scheme, matrixOf(shape)) : noSchemes(dtype))
    : `${dtype} has no magnitudes to draw`;
  if (reason) throw new WeightError('unsupported', `${quote(name)}: ${reason}`, { tensor: name });
}

const noSchemes = (dtype: string) =>
  `it is of ${dtype}, and schemes apply to floating-point tensors that hold values`;
