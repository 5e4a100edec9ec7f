import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/errors';
import { tensorKind } from '../../base/tensorKind';
import { dtypeInfo } from '../../formats/dtype';
import type { Finding, TensorEntry } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { ChartWish, ExportWish } from '../../protocol/export';
import type { SchemeFacts } from '../../protocol/schemes';
import type { TensorAnalysis } from '../../protocol/worker';
import { chartSvg } from '../../report/chartSvg';
import { type CsvScheme, csvHead, csvLine } from '../../report/csv';
import {
  type AnalyzedTensor,
  allFindings,
  emptyOnes,
  failedAnalysis,
  quantizeJson,
  schemeLines,
  statsJson,
} from '../../report/figuresJson';
import { findingsOf } from '../../report/findings';
import { htmlReport } from '../../report/htmlReport';
import { markdownReport } from '../../report/markdownReport';
import {
  type ModelReport,
  mostFindings,
  mostTensors,
  mostWorst,
  type Progress,
  progressTexts,
  type ReportTensor,
} from '../../report/modelReport';
import { lightPalette } from '../../report/palette';
import { dtypeText } from './dtypeText';
import { outlierFraction } from './figures';
import type { Loaded } from './loaded';
import { rankWorst } from './ranking';
import { buildSeries, type SeriesSource } from './series';

/** What exports are made of. */
export interface ExportSource {
  readonly fileName: string;
  readonly version: string;
  readonly loaded: Loaded;
  readonly schemes: readonly string[];
  readonly schemeFacts: readonly (SchemeFacts | null)[];
}

/** Of a chart that is saved by itself, in CSS pixels. */
const chartSize = { width: 960, height: 320 } as const;
/** As many as its width holds, about: more would only make the file larger. */
const mostMarks = 1600;
/** Marks of each chart of a report, which has five. */
const reportMarks = 800;
/** Rows of a table that are made at a stretch: others wait for their answers meanwhile. */
const rowsAtOnce = 2000;

/** The text of a file, of what is known now. @throws WeightError 'cancelled' with the signal */
export async function exportText(
  source: ExportSource,
  wish: Exclude<ExportWish, { kind: 'png' }>,
  signal: AbortSignal,
): Promise<string> {
  switch (wish.kind) {
    case 'csv':
      return tableText(source, wish, signal);
    case 'html':
      return htmlReport(reportOf(source));
    case 'markdown':
      return markdownReport(reportOf(source));
    case 'quantizeJson':
      return quantizeText(source, wish.scheme);
    case 'statsJson':
      return statsText(source);
    case 'svg':
      return `<?xml version="1.0" encoding="UTF-8"?>\n${chartText(source, wish)}\n`;
  }
}

async function tableText(
  source: ExportSource,
  { view, schemes }: Extract<ExportWish, { kind: 'csv' }>,
  signal: AbortSignal,
): Promise<string> {
  const chosen: CsvScheme[] = schemes.flatMap(index => {
    const text = source.schemes[index];
    return text === undefined ? [] : [{ index, text }];
  });
  const order = source.loaded.rows.order(view);
  const parts = [csvHead(chosen)];
  for (const [i, id] of order.entries()) {
    if (i > 0 && i % rowsAtOnce === 0) await setImmediate();
    throwIfCancelled(signal);
    parts.push(csvLine(tensorOf(source, id), chosen));
  }
  return parts.join('');
}

function tensorOf({ loaded, schemes }: ExportSource, id: TensorId): ReportTensor {
  const entry = loaded.model.tensors[id]!;
  const analysis = loaded.analysis.result(id);
  return {
    name: entry.name,
    tensorKind: tensorKind(entry.name),
    dtype: dtypeText(entry),
    shape: entry.shape,
    elements: entry.count,
    byteLength: entry.data.byteLength,
    status: loaded.analysis.status(id),
    sampled: analysis?.profile ? analysis.sampled : null,
    profile: analysis?.profile ?? null,
    outliers: outlierFraction(analysis?.profile ?? null),
    reports: schemes.map((_, i) => analysis?.reports[i] ?? null),
    gaussianSqnrDb: schemes.map((_, i) => analysis?.gaussianSqnrDb[i] ?? null),
  };
}

function chartSource({ loaded, schemes }: ExportSource): SeriesSource {
  const analysis = (id: TensorId) => loaded.analysis.result(id);
  return { tensors: loaded.model.tensors, schemes: schemes.length, analysis };
}

function chartText(source: ExportSource, wish: ChartWish): string {
  const { loaded, schemes } = source;
  const { chart, view, range, hidden, log, byKind } = wish;
  const query = {
    marks: mostMarks,
    ...(range && { range }),
    ...(byKind && { byKind: byKind.scheme }),
  };
  const picture = {
    ...{ id: chart, schemes, sigma: loaded.sigma, hidden, log },
    series: buildSeries(chartSource(source), loaded.rows.order(view), query),
    ...(byKind && { byKind: { ...byKind, scheme: schemes[byKind.scheme] ?? '' } }),
  };
  return chartSvg(picture, { palette: lightPalette, ...chartSize });
}

function reportOf(source: ExportSource): ModelReport {
  const { fileName, version, loaded, schemes, schemeFacts } = source;
  const { rows, model, summary, sigma } = loaded;
  const order = rows.modelOrder();
  const found = [...model.findings, ...tensorFindings(loaded)];
  return {
    ...{ fileName, version, made: new Date(), sigma, summary },
    progress: progressOf(loaded),
    schemes: schemes.map((text, i) => ({ text, facts: schemeFacts[i] ?? null })),
    tensors: Array.from(order.subarray(0, mostTensors), id => tensorOf(source, id)),
    worst: schemes.map((_, scheme) =>
      rankWorst(chartSource(source), order, { scheme, count: mostWorst }),
    ),
    findings: found.slice(0, mostFindings),
    moreFindings: Math.max(0, found.length - mostFindings),
    series: buildSeries(chartSource(source), order, { marks: reportMarks }),
  };
}

function tensorFindings({ rows, analysis, model }: Loaded): Finding[] {
  return Array.from(rows.modelOrder()).flatMap(id => {
    const result = resultOf(analysis, id, model.tensors[id]!.name);
    return result ? findingsOf(result) : [];
  });
}

/** What is known of a tensor; of one that failed, why. */
function resultOf(analysis: Loaded['analysis'], id: TensorId, name: string) {
  const error = analysis.error(id);
  return error ? failedAnalysis(name, error.message, 0) : analysis.result(id);
}

function progressOf({ model, analysis }: Loaded): Progress {
  const statuses = model.tensors.map((_, id) => analysis.status(id));
  const count = (...wanted: readonly ReturnType<typeof analysis.status>[]) =>
    statuses.filter(status => wanted.includes(status)).length;
  return {
    tensors: statuses.length,
    waiting: count('waiting', 'running'),
    failed: count('failed'),
    sampled: count('sampled'),
  };
}

/** A tensor in the file's order, as the command line has them, with what is known of it; null when nothing is. */
interface Known {
  readonly entry: TensorEntry;
  readonly analysis: TensorAnalysis | null;
}

function knownOf({ model, analysis }: Loaded): Known[] {
  return model.tensors.map((entry, id) => ({
    entry,
    analysis: resultOf(analysis, id, entry.name),
  }));
}

/** What is known, and in findings what the command line would not have: figures that are missing, or of a sample. */
function reported(all: readonly Known[]): { results: AnalyzedTensor[]; gaps: Finding[] } {
  const results = all.flatMap(({ entry, analysis }) => (analysis ? [{ entry, analysis }] : []));
  const texts = progressTexts({
    tensors: all.length,
    waiting: all.length - results.length,
    sampled: results.filter(({ analysis }) => analysis.sampled < 1).length,
    failed: 0, // each has a finding of its own
  });
  return { results, gaps: texts.map(message => ({ severity: 'warning', message })) };
}

function quantizeText({ loaded, schemes }: ExportSource, scheme: number): string {
  const { tensors, findings } = loaded.model;
  const weights = knownOf(loaded).filter(
    ({ entry }) => dtypeInfo(entry.dtype).kind === 'float' && entry.count > 0,
  );
  const { results, gaps } = reported(
    weights.map(({ entry, analysis }) => ({ entry, analysis: ofScheme(analysis, scheme) })),
  );
  return quantizeJson(schemes[scheme] ?? '', {
    lines: schemeLines(results),
    findings: allFindings([...findings, ...gaps, ...emptyOnes(tensors)], results),
  });
}

/** An analysis as if only this scheme had been asked for; null while its figures are not there. */
function ofScheme(analysis: TensorAnalysis | null, scheme: number): TensorAnalysis | null {
  if (!analysis?.profile) return analysis;
  const report = analysis.reports[scheme] ?? null;
  const findings = analysis.schemeFindings[scheme] ?? [];
  // Where a scheme does not apply to a weight, a finding says why.
  if (!report && findings.length === 0) return null;
  return { ...analysis, reports: [report], schemeFindings: [findings] };
}

function statsText({ loaded }: ExportSource): string {
  const { results, gaps } = reported(
    knownOf(loaded).map(({ entry, analysis }) => ({
      entry,
      analysis: analysis && { ...analysis, schemeFindings: [] },
    })),
  );
  return statsJson(results, allFindings([...loaded.model.findings, ...gaps], results));
}
