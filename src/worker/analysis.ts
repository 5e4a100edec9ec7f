import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { Matrix, TileMemory } from '../base/tile';
import { dtypeInfo } from '../formats/dtype';
import {
  type EachPattern,
  isCountable,
  occurring,
  PatternCounter,
  valuesOf,
} from '../formats/patterns';
import { matrixOf, type RowBlock, type RowStream } from '../formats/rows';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type { AnalysisRequest, TensorAnalysis } from '../protocol/worker';
import type { ErrorReport } from '../quant/errorReport';
import { misfit } from '../quant/misfit';
import type { Looker } from '../quant/run/chunks';
import type { Engine } from '../quant/run/engine';
import { ChannelReporter, Reporter } from '../quant/run/reporter';
import { type RunListener, SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { gaussianSqnrDb } from '../quant/theory/expected';
import { CastCounter } from '../stats/casts';
import { maxChannels } from '../stats/channels';
import { DetailProfiler } from '../stats/detailProfiler';
import type { Chunk, Profile } from '../stats/profile';
import { Profiler } from '../stats/profiler';
import { type Counting, type LookOptions, lookAtAll } from './looks';

/** What to compute while the rows stream past. */
export interface AnalysisOptions extends LookOptions {
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly schemes: readonly Scheme[];
  /** Kernels, where there are any, and the memory that they and the tiles share. */
  readonly engine?: Engine | undefined;
  readonly memory?: TileMemory | undefined;
  /** What was found of the weight when it was opened: each a sentence. */
  readonly notes?: readonly string[] | undefined;
  /** Also quantiles, histogram, largest values and casts. */
  readonly detail?: boolean | undefined;
  /** Also the figures of each row. */
  readonly channels?: boolean | undefined;
  /** Also what casts would do. */
  readonly casts?: boolean | undefined;
  /** Told of what the schemes' runs do, in the order of `schemes`; not of those that do not apply. */
  readonly listeners?: readonly RunListener[] | undefined;
}

/** Elements from which on counting bit patterns costs less than what it saves: there are up to 65 536 of them. */
const worthCounting = 2 ** 18;
/** The same where it only saves the statistics' arithmetic. */
const worthCountingAlone = 2 ** 22;

/** Whether a tensor has figures at all, and whether schemes apply to it. */
export function figuresOf({ dtype, count }: TensorEntry): {
  statistics: boolean;
  schemes: boolean;
} {
  const { kind } = dtypeInfo(dtype);
  const statistics = kind !== 'complex' && kind !== 'unknown';
  return { statistics, schemes: kind === 'float' && count > 0 };
}

/**
 * The analysis of a tensor whose values are never read: complex numbers have no order and so no range, and those of a type that
 * is not known cannot be read.
 */
export function withoutFigures(
  entry: TensorEntry,
  { schemes, casts = false }: Pick<AnalysisRequest, 'schemes' | 'casts'>,
): TensorAnalysis {
  const isComplex = dtypeInfo(entry.dtype).kind === 'complex';
  const why = isComplex
    ? `holds complex numbers (${entry.dtype}): it has no range to quantize`
    : `is of ${entry.dtype}, which cannot be read`;
  const message = `${quote(entry.name)} ${why}, so it has no figures`;
  return {
    profile: null,
    reports: schemes.map(() => null),
    sampled: 1,
    findings: [{ severity: 'info', message, tensor: entry.name }],
    schemeFindings: schemes.map(() => []),
    gaussianSqnrDb: schemes.map(() => null),
    ...(casts && { casts: null }),
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
  const { schemes, detail = false, channels = false, casts = false, engine } = options;
  const { listeners = [] } = options;
  const { matrix } = stream;
  const misfits = misfitsOf(entry, matrix, schemes);
  const sampled = stream.elements < entry.count;
  const works = schemes.map((scheme, i) => {
    if (misfits[i] !== null) return null;
    const run = new SchemeRun(scheme, matrix, sampled, engine);
    return reported(run, { scheme, matrix, channels });
  });
  listeners.forEach((listener, i) => void works[i]?.run.listen(listener));
  const runs = works.flatMap(work => (work ? [work.run] : []));
  const mayCount = isCountable(entry) && stream.elements >= worthCounting;
  const isPlain = !detail && !channels && runs.every(run => run.isOrderless);
  const isCounted = isPlain && isCountable(entry) && stream.elements >= worthCountingAlone;
  const statistics = statisticsOf(matrix, { ...options, isCounted });
  const counter = casts ? new CastCounter() : null;
  const isOfUse = isCounted || detail || casts || runs.some(run => run.isOrderless);
  const counting = mayCount && isOfUse ? countingOf(entry, options.memory) : undefined;
  const once = runs.every(run => run.isRowwise || (counting && run.isOrderless));
  await lookAtAll(stream, [...statistics.lookers, ...castLookers(counter), ...runs], {
    ...options,
    counting,
    passes: once && (counting || !detail) ? 1 : 2,
  });
  const analysis = analysisOf(
    entry,
    { schemes, misfits },
    {
      ...statistics.result,
      ...(counter && { casts: counter.result }),
      reports: works.map(work => work?.reporter.report(statistics.result.profile.count) ?? null),
      ...(channels && { channelReports: works.map(work => work?.perChannel?.report() ?? null) }),
    },
  );
  return { ...analysis, findings: [...notesOf(entry, options.notes), ...analysis.findings] };
}

/** Shows a counter every value once; distinct values with their counts will do. None for none. */
export function castLookers(counter: CastCounter | null): Looker[] {
  if (!counter) return [];
  return [
    {
      isOrderless: true,
      add: ({ values, counts }) => counter.add(values, counts),
      finish: () => true,
    },
  ];
}

/** What was found when a weight was opened, as findings on it. */
export function notesOf({ name }: TensorEntry, notes: readonly string[] = []): Finding[] {
  return notes.map(note => ({
    severity: 'warning',
    message: `${quote(name)}: ${note}`,
    tensor: name,
  }));
}

/** The profiler of what is asked for. */
export function profilerOf({ cols }: Matrix, options: StatisticsOptions): Profiler {
  const { sigma, engine, detail = false, channels = false, isCounted = false, firstRow } = options;
  return new Profiler({ sigma, cols, firstRow, top: detail, channels, isCounted, engine });
}

/** What statistics are made of: lookers, and what they have found when all have finished. */
export function statisticsOf(matrix: Matrix, options: StatisticsOptions) {
  const { detail = false, channels = false } = options;
  const profiler = profilerOf(matrix, options);
  const closer = detail ? new DetailProfiler(profiler.moments) : null;
  return {
    profiler,
    closer,
    // The profiler is first: its moments are complete when the other one's first pass ends.
    lookers: closer ? [profiler, closer] : [profiler],
    get result() {
      const { profile, top, channels: perRow } = profiler.result;
      return {
        profile,
        ...(closer && { detail: { ...closer.result, top } }),
        ...(channels && { channels: perRow }),
      };
    },
  };
}

/** Which statistics are wanted. */
export type StatisticsOptions = Pick<
  AnalysisOptions,
  'sigma' | 'engine' | 'detail' | 'channels'
> & {
  /** Number of the first row that will come. */
  readonly firstRow?: number;
  /** Whether all is told from how often each value occurs. */
  readonly isCounted?: boolean;
};

/** Why each scheme does not apply, in words; an empty text where no scheme does; null where it applies. */
export function misfitsOf(
  entry: TensorEntry,
  matrix: Matrix,
  schemes: readonly Scheme[],
): (string | null)[] {
  const applies = figuresOf(entry).schemes;
  return schemes.map(scheme => (applies ? misfit(scheme, matrix) : ''));
}

/** Counts values as they are read. */
export function countingOf(
  entry: TensorEntry,
  memory: TileMemory | undefined,
): Counting & { readonly patterns: EachPattern } {
  const counter = new PatternCounter(entry, memory);
  return {
    add: bytes => counter.add(bytes),
    counted: () => countedChunk(entry, [counter.counts]),
    get patterns() {
      return counter.counts;
    },
  };
}

/** Counted patterns of its parts as the one chunk that stands for the tensor. */
export function countedChunk(entry: TensorEntry, parts: readonly EachPattern[]): Chunk {
  const counted = occurring(parts);
  return { values: valuesOf(entry, counted), index: 0, counts: counted.counts };
}

/** Has a run reported on. @param block the rows that will come; absent: all */
export function reported(run: SchemeRun, { scheme, matrix, channels, block }: ReportedOptions) {
  const reporter = new Reporter(scheme, run.codes);
  run.listen(reporter);
  const { row, rows } = block ?? { row: 0, rows: matrix.rows };
  const isKept = channels && matrix.rows <= maxChannels;
  const perChannel = isKept
    ? new ChannelReporter({ rows, cols: matrix.cols }, run.codes, row)
    : null;
  if (perChannel) run.listen(perChannel);
  return { run, reporter, perChannel };
}

/** What a report is about. */
export interface ReportedOptions {
  readonly scheme: Scheme;
  readonly matrix: Matrix;
  readonly channels: boolean;
  readonly block?: RowBlock;
}

/** Schemes, and why each does not apply; see `misfitsOf`. */
interface Applied {
  readonly schemes: readonly Scheme[];
  readonly misfits: readonly (string | null)[];
}

/** What has been computed of a tensor. */
type Figures = Pick<
  TensorAnalysis,
  'reports' | 'channelReports' | 'detail' | 'channels' | 'casts'
> & {
  readonly profile: Profile;
};

/** Figures as an analysis, with what a person should look at. */
export function analysisOf(
  entry: TensorEntry,
  { schemes, misfits }: Applied,
  figures: Figures,
): TensorAnalysis {
  const { profile, reports } = figures;
  const matrix = matrixOf(entry.shape);
  return {
    ...figures,
    sampled: entry.count === 0 ? 1 : profile.count / entry.count,
    findings: nonFinite(entry, profile),
    schemeFindings: misfits.map((misfit, i) =>
      misfit ? leftOut(entry, misfit) : overflowed(entry, profile, reports[i] ?? null),
    ),
    gaussianSqnrDb: schemes.map((scheme, i) =>
      misfits[i] === null ? gaussianSqnrDb(scheme, matrix, profile.std ?? undefined) : null,
    ),
  };
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
