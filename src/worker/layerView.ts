import type { FileSystem } from '../base/bytes';
import { quote } from '../base/limits';
import { matrixOf, type RowStream } from '../formats/rows';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type {
  LayerAnswer,
  LayerStatistics,
  LayerTask,
  LayerView,
  LayerWork,
  OverlaidHistogram,
} from '../protocol/layer';
import type { Params } from '../protocol/rpc';
import type { Codes } from '../quant/arithmetic';
import { gridEnds } from '../quant/gridValues';
import { misfit } from '../quant/misfit';
import { codeUse, Overlay, overlayRows } from '../quant/run/overlay';
import { Reporter } from '../quant/run/reporter';
import { RowErrorCounter, RowParamCounter } from '../quant/run/rowFigures';
import { RowKernelRun } from '../quant/run/rowKernelRun';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Grid, Scheme } from '../quant/scheme';
import { parseScheme, printScheme } from '../quant/schemeText';
import { gaussianSqnrDb } from '../quant/theory/expected';
import { maxChannels } from '../stats/channels';
import { HistogramCounter } from '../stats/histogram';
import { analysisOf, analyzeRows, checkSigma, figuresOf, withoutFigures } from './analysis';
import { type How, type RowWork, withRows } from './desk';
import { lookAtAll } from './looks';
import { calibratedOnce } from './onceCalibrated';

/**
 * Looks at a tensor under a scheme: first at its statistics, unless they are given, then at what the scheme does, which needs
 * their range for its bins.
 * @throws WeightError 'cancelled', 'unsupported' for a text that is no scheme, or whatever reading throws
 */
export async function lookAtLayer(
  files: FileSystem,
  task: Params<LayerWork, 'layer/get'>,
  how: How = {},
): Promise<LayerAnswer> {
  const { entry, fileSize } = task;
  const scheme = parseScheme(task.scheme);
  checkSigma(task.sigma);
  if (!figuresOf(entry).statistics) return withoutAny(entry, scheme);
  const asked = { entry, fileSize, schemes: [task.scheme] };
  return withRows(files, asked, { ...how, rows: {} }, async (stream, work) => {
    const [first, second] = task.statistics ? [null, work] : halves(work);
    const statistics = first ? await statisticsOf(stream, task, first) : task.statistics!;
    return underScheme(stream, { entry, scheme, statistics }, second);
  });
}

/** The work on the statistics and that on the scheme: each brings half of the progress. */
function halves(work: RowWork): [RowWork, RowWork] {
  const { onProgress } = work;
  if (!onProgress) return [work, work];
  return [
    { ...work, onProgress: (done, total) => onProgress(done, 2 * total) },
    { ...work, onProgress: (done, total) => onProgress(done + total, 2 * total) },
  ];
}

/** The view of a tensor that has no figures. */
function withoutAny(entry: TensorEntry, scheme: Scheme): LayerAnswer {
  const { findings } = withoutFigures(entry, { schemes: [] });
  const statistics = { profile: null, detail: null, findings };
  return { view: viewOf({ entry, scheme, statistics }, null), statistics, rows: null };
}

async function statisticsOf(
  stream: RowStream,
  { entry, sigma }: LayerTask,
  work: RowWork,
): Promise<LayerStatistics> {
  const options = { ...work, listeners: [], sigma, schemes: [], detail: true };
  const { profile, detail = null, findings } = await analyzeRows(entry, stream, options);
  return { profile, detail, findings };
}

/** What is looked at, and what is known of it. */
interface Looked {
  readonly entry: TensorEntry;
  readonly scheme: Scheme;
  readonly statistics: LayerStatistics;
}

async function underScheme(stream: RowStream, looked: Looked, work: RowWork): Promise<LayerAnswer> {
  const { entry, scheme, statistics } = looked;
  const { matrix } = stream;
  const { profile } = statistics;
  if (!profile || !figuresOf(entry).schemes || misfit(scheme, matrix) !== null)
    return { view: viewOf(looked, null), statistics, rows: null };
  const known = await calibratedOnce(stream, { entry, scheme, profile }, work);
  const done = await runOver(stream, { ...looked, known }, work);
  const { bins, reporter, overlay, errors, params, codes, shape } = done;
  const report = reporter.report(profile.count);
  return {
    view: viewOf(looked, {
      report,
      histogram: bins && overlaid(statistics, bins),
      codes: codeUse(scheme.grid, codes, reporter.state.codes),
      range: overlay.range,
      segments: shape,
      hasChannels: errors !== null,
      gaussianSqnrDb: gaussianSqnrDb(scheme, matrix, profile.std ?? undefined),
    }),
    statistics,
    rows: errors && {
      ...errors.result,
      params: report.scale.count > 0 ? params!.result : null,
      hasZeroPoint: hasZeroPoint(scheme, codes),
    },
  };
}

/** Lays the scheme over the tensor: by kernels where they can do it row by row, else as any run does. */
async function runOver(
  stream: RowStream,
  looked: Looked & { readonly known: Scheme },
  { engine, signal, onProgress, afterTile }: RowWork,
) {
  const { known } = looked;
  const { matrix, wide, tileCols } = stream;
  const isInRows = !wide && tileCols === matrix.cols;
  const fast = isInRows ? RowKernelRun.of(known, matrix, engine) : null;
  const run = fast ?? new SchemeRun(known, matrix, false, engine);
  const told = listenersOf(looked, run);
  if (run instanceof RowKernelRun) listenToRows(run, told, known.grid);
  else
    for (const listener of [told.reporter, told.overlay, told.errors, told.params])
      if (listener) run.listen(listener);
  const passes = run instanceof RowKernelRun || run.isRowwise ? 1 : 2;
  await lookAtAll(stream, [run], { signal, onProgress, afterTile, passes });
  return told;
}

function listenToRows(run: RowKernelRun, told: ReturnType<typeof listenersOf>, grid: Grid): void {
  const { reporter, overlay, bins, errors, params } = told;
  const each = [reporter, params];
  if (run.params) for (const listener of each) listener?.settled(0, { params: run.params });
  run.listen({
    row(totals) {
      reporter.totals(totals);
      errors?.row(totals);
      const { row, scales, zeroPoints } = totals;
      for (let i = 0; i < scales.length; i++) {
        const found = { scale: scales[i]!, zeroPoint: zeroPoints[i]! };
        params?.settled(row * scales.length + i, { params: found });
      }
    },
    results: () => {},
  });
  run.listen(overlayRows(run, { grid, overlay, bins }));
}

function hasZeroPoint({ grid, symmetric }: Scheme, codes: Codes): boolean {
  return gridEnds(grid, codes).isOffset && (grid.kind === 'format' || !symmetric);
}

/** All that is found out of a run over segments that lie so. */
function listenersOf(
  { entry, scheme, statistics }: Looked,
  { codes, granularity, shape }: Pick<SchemeRun, 'codes' | 'granularity' | 'shape'>,
) {
  const { profile, detail } = statistics;
  const matrix = matrixOf(entry.shape);
  const bins = detail?.histogram ? HistogramCounter.over(profile!.min!, profile!.max!) : null;
  const isKept = matrix.rows <= maxChannels;
  return {
    ...{ bins, codes, shape },
    reporter: new Reporter(scheme, codes),
    overlay: new Overlay(scheme.grid, codes, bins),
    errors: isKept ? new RowErrorCounter(matrix) : null,
    params: isKept ? new RowParamCounter({ granularity, shape, matrix }) : null,
  };
}

function overlaid({ detail }: LayerStatistics, bins: HistogramCounter): OverlaidHistogram {
  const { lo, hi, counts } = bins.result;
  return { lo, hi, original: detail!.histogram!.counts, dequantized: counts };
}

/** What a scheme did. */
type Done = Pick<
  LayerView,
  'histogram' | 'codes' | 'range' | 'segments' | 'hasChannels' | 'gaussianSqnrDb'
> & { readonly report: NonNullable<LayerView['report']> };

const nothing: Omit<Done, 'report'> & { readonly report: null } = {
  ...{ report: null, histogram: null, codes: null, range: null, segments: [0, 0] },
  ...{ hasChannels: false, gaussianSqnrDb: null },
};

function viewOf({ entry, scheme, statistics }: Looked, done: Done | null): LayerView {
  const { profile, detail, findings } = statistics;
  return {
    scheme: printScheme(scheme),
    matrix: matrixOf(entry.shape),
    profile,
    detail,
    ...(done ?? nothing),
    findings: [...findings, ...schemeFindings({ entry, scheme, statistics }, done)],
  };
}

/** Why a scheme does not apply, or what came of it. */
function schemeFindings({ entry, scheme, statistics }: Looked, done: Done | null): Finding[] {
  const { profile } = statistics;
  if (!profile) return [];
  if (!figuresOf(entry).schemes) return [noScheme(entry)];
  const reason = misfit(scheme, matrixOf(entry.shape));
  const asked = { schemes: [scheme], misfits: [reason] };
  const figures = { profile, reports: [done?.report ?? null] };
  return [...(analysisOf(entry, asked, figures).schemeFindings[0] ?? [])];
}

function noScheme({ name, dtype, count }: TensorEntry): Finding {
  const why = count === 0 ? 'holds no values' : `is of ${dtype}`;
  const message = `${quote(name)} ${why}: schemes apply to floating-point tensors that hold values`;
  return { severity: 'info', message, tensor: name };
}
