import type { FileSystem } from '../base/bytes';
import { matrixOf } from '../formats/rows';
import type { Fix, LayerTask } from '../protocol/layer';
import { misfit } from '../quant/misfit';
import { parseScheme } from '../quant/schemeText';
import { fixesOf } from '../quant/theory/fixes';
import { analyzeRows, figuresOf } from './analysis';
import { type How, withRows } from './desk';

/**
 * What each change of a scheme brings on the whole tensor, all in one analysis; none where the scheme does not apply.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function fixesOfLayer(
  files: FileSystem,
  task: LayerTask,
  how: How,
): Promise<readonly Fix[]> {
  const { entry } = task;
  const scheme = parseScheme(task.scheme);
  const matrix = matrixOf(entry.shape);
  if (!figuresOf(entry).schemes || misfit(scheme, matrix) !== null) return [];
  const fixes = fixesOf(scheme, matrix);
  if (fixes.length === 0) return [];
  const schemes = [task.scheme, ...fixes.map(fix => fix.scheme)];
  const { reports } = await withRows(
    files,
    { ...task, schemes },
    { ...how, rows: {} },
    (stream, work) =>
      analyzeRows(entry, stream, {
        ...work,
        sigma: task.sigma,
        schemes: schemes.map(parseScheme),
      }),
  );
  const before = reports[0]?.sqnrDb ?? null;
  return fixes.map((fix, i) => {
    const { sqnrDb = null, bitsPerWeight = null } = reports[i + 1] ?? {};
    const gainDb = sqnrDb === null || before === null ? null : sqnrDb - before;
    return { ...fix, sqnrDb, gainDb, bitsPerWeight };
  });
}
