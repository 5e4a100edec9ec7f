import { isCountable } from '../formats/patterns';
import { matrixOf, type RowStream } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type {
  AnalysisRequest,
  BlockPart,
  BlockRequest,
  Concluded,
  ConcludeRequest,
  KnownOfTensor,
  SchemePart,
  TensorAnalysis,
  Way,
} from '../protocol/worker';
import type { Range } from '../quant/arithmetic';
import type { ChannelReport } from '../quant/errorReport';
import type { Looker } from '../quant/run/chunks';
import { Reporter, type ReporterState } from '../quant/run/reporter';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { parseScheme } from '../quant/schemeText';
import { CastCounter } from '../stats/casts';
import { BeyondCounter } from '../stats/outlierCounter';
import type { Chunk } from '../stats/profile';
import type { Profiler } from '../stats/profiler';
import {
  type AnalysisOptions,
  analysisOf,
  castLookers,
  countedChunk,
  countingOf,
  misfitsOf,
  notesOf,
  profilerOf,
  reported,
  statisticsOf,
} from './analysis';
import { type LookOptions, lookAtAll, lookAtCounted } from './looks';

/** How a block is looked at. */
export type BlockOptions = LookOptions & Pick<AnalysisOptions, 'engine' | 'memory' | 'notes'>;

/**
 * Looks at a block of a tensor's rows.
 * @param stream of that block
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export function lookAtBlock(
  stream: RowStream,
  asked: BlockRequest,
  options: BlockOptions,
): Promise<BlockPart> {
  return asked.known
    ? lookAgain(stream, { ...asked, known: asked.known }, options)
    : lookFirst(stream, asked, options);
}

async function lookFirst(
  stream: RowStream,
  asked: BlockRequest,
  options: BlockOptions,
): Promise<BlockPart> {
  const { request, block, ways } = asked;
  const { engine } = options;
  const isCounted = isAllCounted(request, ways);
  const works = worksOf(stream, asked, 'rows', options);
  const statistics = { ...request, engine, firstRow: block.row };
  const profiler = isCounted ? null : profilerOf(stream.matrix, statistics);
  const counts = isCounted || request.detail || request.casts || ways.includes('counts');
  const counting =
    counts && isCountable(request.entry) ? countingOf(request.entry, options.memory) : undefined;
  const casts = request.casts && !counting ? new CastCounter() : null;
  const lookers = [
    ...(profiler ? [onlyOnce(profiler)] : []),
    ...castLookers(casts),
    ...runsOf(works),
  ];
  await lookAtAll(stream, lookers, { ...options, counting, passes: 1 });
  return {
    profile: profiler?.state ?? null,
    outliers: 0,
    schemes: works.map(partOf),
    patterns: counting?.patterns ?? null,
    casts: casts?.result ?? null,
    notes: options.notes ?? [],
  };
}

/** Whether everything is told from how often each value occurs. */
function isAllCounted(
  { entry, detail = false, channels = false }: AnalysisRequest,
  ways: readonly Way[],
): boolean {
  return isCountable(entry) && !detail && !channels && !ways.includes('rows');
}

/** What another pass would be for is told from all blocks together. */
function onlyOnce(looker: Looker): Looker {
  return {
    add: chunk => looker.add(chunk),
    finish() {
      looker.finish();
      return true;
    },
  };
}

async function lookAgain(
  stream: RowStream,
  asked: BlockRequest & { readonly known: KnownOfTensor },
  options: BlockOptions,
): Promise<BlockPart> {
  const { threshold } = asked.known;
  const works = worksOf(stream, asked, 'range', options);
  const beyond = threshold === null ? null : new BeyondCounter(threshold, options.engine);
  const lookers = [...(beyond ? [beyond] : []), ...runsOf(works)];
  await lookAtAll(stream, lookers, { ...options, passes: 1 });
  return {
    profile: null,
    outliers: beyond?.count ?? 0,
    schemes: works.map(partOf),
    patterns: null,
    casts: null,
    notes: [],
  };
}

type Work = ReturnType<typeof reported>;

/** The runs of the schemes that go one way. */
function worksOf(
  { matrix }: RowStream,
  { request, block, ways, known }: BlockRequest,
  due: Way,
  { engine }: BlockOptions,
): (Work | null)[] {
  const { channels = false } = request;
  return request.schemes.map((text, i) => {
    if (ways[i] !== due) return null;
    const scheme = known ? withRange(parseScheme(text), known.range) : parseScheme(text);
    const run = new SchemeRun(scheme, matrix, false, engine);
    return reported(run, { scheme, matrix, channels, block });
  });
}

function runsOf(works: readonly (Work | null)[]): SchemeRun[] {
  return works.flatMap(work => (work ? [work.run] : []));
}

function partOf(work: Work | null): SchemePart | null {
  return work && { state: work.reporter.state, channels: work.perChannel?.report() ?? null };
}

/** The scheme with the range that its calibration would find. */
function withRange(scheme: Scheme, range: Range): Scheme {
  const { calibration } = scheme;
  return calibration.kind === 'minmax'
    ? { ...scheme, calibration: { kind: 'range', ...range } }
    : scheme;
}

/**
 * Makes the analysis of a tensor from what was found of all its blocks, or says what else has to be found.
 * @throws WeightError 'cancelled'
 */
export async function concludeBlocks(
  asked: ConcludeRequest,
  look: LookOptions,
): Promise<Concluded> {
  const { request, ways, first, second } = asked;
  const { entry } = request;
  const isCounted = isAllCounted(request, ways);
  const statistics = statisticsOf(matrixOf(entry.shape), { ...request, isCounted });
  const { profiler, closer } = statistics;
  const counted = countedOf(entry, first);
  for (const { profile } of first) if (profile) profiler.merge(profile);
  if (isCounted && counted) profiler.add(counted);
  const isComplete = profiler.finish();
  const isOpen = !isComplete && !counted;
  if (second.length === 0 && (isOpen || ways.includes('range')))
    return {
      analysis: null,
      known: { range: rangeOf(profiler), threshold: isOpen ? profiler.threshold : null },
    };
  for (const { outliers } of second) profiler.addOutliers(outliers);
  const schemes = request.schemes.map(parseScheme);
  const works = schemes.map((scheme, i) => schemeWork(scheme, i, asked));
  const casts = request.casts ? new CastCounter() : null;
  for (const part of first) if (part.casts) casts?.merge(part.casts);
  if (counted) {
    const runs = works.flatMap((work, i) => (work && ways[i] === 'counts' ? [work.run] : []));
    const lookers = [
      ...(isComplete ? [] : [profiler]),
      ...(closer ? [closer] : []),
      ...castLookers(casts),
      ...runs,
    ];
    await lookAtCounted(lookers, counted, look);
  }
  const result = { ...statistics.result, ...(casts && { casts: casts.result }) };
  const analysis = analysisFrom(asked, result, works);
  const notes = notesOf(entry, first[0]?.notes);
  return { analysis: { ...analysis, findings: [...notes, ...analysis.findings] } };
}

type Statistics = ReturnType<typeof statisticsOf>['result'] & Pick<TensorAnalysis, 'casts'>;

function analysisFrom(
  { request, ways, whole }: ConcludeRequest,
  result: Statistics,
  works: readonly (SchemeWork | null)[],
): TensorAnalysis {
  const { entry, channels = false, detail = false } = request;
  const { count } = entry;
  const schemes = request.schemes.map(parseScheme);
  const misfits = misfitsOf(entry, matrixOf(entry.shape), schemes);
  const alone = ways.map((way, i) =>
    way === 'whole' ? ways.slice(0, i).filter(w => w === 'whole').length : -1,
  );
  return analysisOf(
    entry,
    { schemes, misfits },
    {
      ...result,
      ...(detail && !isCountable(entry) && { detail: whole?.detail ?? null }),
      reports: works.map(
        (work, i) => work?.reporter.report(count) ?? whole?.reports[alone[i]!] ?? null,
      ),
      ...(channels && {
        channelReports: works.map(
          (work, i) => work?.perChannel ?? whole?.channelReports?.[alone[i]!] ?? null,
        ),
      }),
    },
  );
}

/** From the smallest to the largest value. */
function rangeOf({ moments: { min, max } }: Profiler): Range {
  return min <= max ? { lo: min, hi: max } : { lo: 0, hi: 0 };
}

/** The distinct values of the tensor; null where they were not counted. */
function countedOf(entry: TensorEntry, parts: readonly BlockPart[]): Chunk | null {
  const patterns = parts.flatMap(part => part.patterns ?? []);
  return patterns.length === 0 ? null : countedChunk(entry, patterns);
}

/** A scheme whose blocks are merged. */
interface SchemeWork {
  /** For what is told from counts. */
  readonly run: SchemeRun;
  readonly reporter: Reporter;
  readonly perChannel: ChannelReport | null;
}

/** Null where there are no blocks of the scheme, and no counts. */
function schemeWork(scheme: Scheme, at: number, asked: ConcludeRequest): SchemeWork | null {
  const way = asked.ways[at]!;
  if (way === 'none' || way === 'whole') return null;
  const parts = (way === 'range' ? asked.second : asked.first).flatMap(p => p.schemes[at] ?? []);
  const run = new SchemeRun(scheme, matrixOf(asked.request.entry.shape), false);
  const reporter = new Reporter(scheme, run.codes);
  const isOne = run.granularity.kind === 'tensor';
  for (const [i, { state }] of parts.entries())
    reporter.merge(isOne && i > 0 ? withoutCount(state) : state);
  run.listen(reporter);
  return { run, reporter, perChannel: joinRows(parts.flatMap(part => part.channels ?? [])) };
}

/** All blocks share their parameters: they count once. */
function withoutCount(state: ReporterState): ReporterState {
  const { scale, zeroPoint } = state;
  return { ...state, scale: { ...scale, count: 0 }, zeroPoint: { ...zeroPoint, count: 0 } };
}

/** Figures of consecutive blocks of rows as one list; null where there are none. */
function joinRows(blocks: readonly ChannelReport[]): ChannelReport | null {
  const [first] = blocks;
  if (!first) return null;
  const keys = Object.keys(first) as (keyof ChannelReport)[];
  return Object.fromEntries(
    keys.map(key => [key, blocks.flatMap(block => block[key])]),
  ) as unknown as ChannelReport;
}
