import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { dtypes } from '../formats/dtype';
import type { RowStream } from '../formats/rows';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';
import type { ErrorReport } from '../quant/errorReport';
import { misfit } from '../quant/misfit';
import type { Engine } from '../quant/run/engine';
import { ChannelReporter, Reporter } from '../quant/run/reporter';
import { type RunListener, SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { maxChannels } from '../stats/channels';
import type { Profile } from '../stats/profile';
import { Profiler } from '../stats/profiler';
import { type LookOptions, lookAtAll } from './looks';

/** What to compute while the rows stream past. */
export interface AnalysisOptions extends LookOptions {
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly schemes: readonly Scheme[];
  /** Kernels, where there are any. */
  readonly engine?: Engine | undefined;
  /** Also quantiles, histogram, largest values and casts. */
  readonly detail?: boolean | undefined;
  /** Also the figures of each row. */
  readonly channels?: boolean | undefined;
  /** Told of what the schemes' runs do, in the order of `schemes`; not of those that do not apply. */
  readonly listeners?: readonly RunListener[] | undefined;
}

/** Whether a tensor has figures at all, and whether schemes apply to it. */
export function figuresOf({ dtype, count }: TensorEntry): {
  statistics: boolean;
  schemes: boolean;
} {
  const { kind } = dtypes[dtype];
  return { statistics: kind !== 'complex', schemes: kind === 'float' && count > 0 };
}

/** The analysis of a tensor whose values are never read: complex numbers have no order and so no range. */
export function withoutFigures(entry: TensorEntry, schemes: number): TensorAnalysis {
  const message = `${quote(entry.name)} holds complex numbers (${entry.dtype}): it has no range to quantize, so it has no figures`;
  return {
    profile: null,
    reports: new Array<null>(schemes).fill(null),
    sampled: 1,
    findings: [{ severity: 'info', message, tensor: entry.name }],
  };
}

/**
 * Statistics and error figures of one tensor, in as few passes over its rows as what is asked for needs. Memory is bounded
 * by the chunk, but for what is asked for of each row.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function analyzeRows(
  entry: TensorEntry,
  stream: RowStream,
  options: AnalysisOptions,
): Promise<TensorAnalysis> {
  const { sigma, schemes, detail = false, channels = false, listeners = [], engine } = options;
  const { matrix } = stream;
  const profiler = new Profiler({ sigma, cols: matrix.cols, detail, channels, engine });
  const applies = figuresOf(entry).schemes;
  const misfits = schemes.map(s => (applies ? misfit(s, matrix) : null));
  const works = schemes.map((scheme, i) =>
    applies && !misfits[i] ? workOf(scheme, stream, entry, { channels, engine }) : null,
  );
  listeners.forEach((listener, i) => void works[i]?.run.listen(listener));
  const runs = works.flatMap(work => (work ? [work.run] : []));
  await lookAtAll(stream, [profiler, ...runs], options);

  const { profile, ...more } = profiler.result;
  const reports = works.map(work => work?.reporter.report(profile.count) ?? null);
  return {
    profile,
    reports,
    sampled: entry.count === 0 ? 1 : profile.count / entry.count,
    findings: [
      ...nonFinite(entry, profile),
      ...misfits.flatMap(m => (m === null ? [] : leftOut(entry, m))),
      ...reports.flatMap(report => overflowed(entry, profile, report)),
    ],
    ...(detail && { detail: more.detail }),
    ...(channels && {
      channels: more.channels,
      channelReports: works.map(work => work?.perChannel?.report() ?? null),
    }),
  };
}

function workOf(
  scheme: Scheme,
  stream: RowStream,
  entry: TensorEntry,
  { channels, engine }: { channels: boolean; engine: Engine | undefined },
) {
  const { matrix } = stream;
  const run = new SchemeRun(scheme, matrix, stream.elements < entry.count, engine);
  const reporter = new Reporter(scheme, run.codes);
  run.listen(reporter);
  const isKept = channels && matrix.rows <= maxChannels;
  const perChannel = isKept ? new ChannelReporter(matrix, run.codes) : null;
  if (perChannel) run.listen(perChannel);
  return { run, reporter, perChannel };
}

function leftOut({ name }: TensorEntry, reason: string): Finding[] {
  return [{ severity: 'info', message: `${quote(name)} is left out: ${reason}`, tensor: name }];
}

function nonFinite({ name, count }: TensorEntry, { nan, infinite }: Profile): Finding[] {
  if (nan + infinite === 0) return [];
  const parts = [nan > 0 && `${nan} NaN`, infinite > 0 && `${infinite} infinite`].filter(Boolean);
  const message = `${quote(name)} holds ${parts.join(' and ')} of ${count} values; they are left out of its figures`;
  return [{ severity: 'warning', message, tensor: name }];
}

/** Values so large that what comes back of them is not a number: ggml stores scales in float16, which ends at 65504. */
function overflowed(
  { name }: TensorEntry,
  { count, nan, infinite }: Profile,
  report: ErrorReport | null,
): Finding[] {
  if (!report || report.mse !== null || count === nan + infinite) return [];
  const message = `${quote(name)} holds values too large for ${report.scheme}: they decode to infinity or NaN, so its error has no figure`;
  return [{ severity: 'warning', message, tensor: name }];
}

/** Schemes are checked before any byte is read. */
export function checkSigma(sigma: number): number {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new WeightError('unsupported', `sigma must be a positive number, found ${sigma}`);
  return sigma;
}
