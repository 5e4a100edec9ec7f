import {
  formatBand,
  formatBytes,
  formatCount,
  formatCountOf,
  formatDecibel,
  formatFigure,
  formatPercent,
  formatPlain,
  formatShape,
} from '../base/format';
import type { TensorKind } from '../base/tensorKind';
import type { Finding } from '../formats/tensorFile';
import type { RankedTensor, Summary, TensorRow } from '../protocol/editor';
import type { SchemeFacts } from '../protocol/schemes';
import type { ErrorReport } from '../quant/errorReport';
import type { Profile } from '../stats/profile';
import type { ChartSeries } from './chartFigures';

/** A tensor with all that is known of it. */
export interface ReportTensor {
  readonly name: string;
  readonly tensorKind: TensorKind;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  readonly status: TensorRow['status'];
  /** Fraction of the elements that its figures are of; null without figures. */
  readonly sampled: number | null;
  readonly profile: Profile | null;
  /** Fraction of the elements. */
  readonly outliers: number | null;
  /** By scheme. */
  readonly reports: readonly (ErrorReport | null)[];
  readonly gaussianSqnrDb: readonly (number | null)[];
}

/** How far the figures of a model have come. */
export interface Progress {
  readonly tensors: number;
  /** Tensors whose figures are not there, or not all of them. */
  readonly waiting: number;
  /** Tensors that could not be read. */
  readonly failed: number;
  /** Tensors of which only a sample was read. */
  readonly sampled: number;
}

/** What a report is made of. */
export interface ModelReport {
  readonly fileName: string;
  /** Of the extension. */
  readonly version: string;
  readonly made: Date;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly summary: Summary;
  readonly progress: Progress;
  readonly schemes: readonly { readonly text: string; readonly facts: SchemeFacts | null }[];
  /** In the model's order: the first ones, at most `mostTensors`. */
  readonly tensors: readonly ReportTensor[];
  /** By scheme: the tensors that lose most. */
  readonly worst: readonly (readonly RankedTensor[])[];
  /** The first ones, at most `mostFindings`; those of the file, then of its tensors. */
  readonly findings: readonly Finding[];
  readonly moreFindings: number;
  readonly series: ChartSeries;
}

/** Rows of the table of all layers: a page of more is not read, and the table of the editor has them all as CSV. */
export const mostTensors = 2000;
export const mostFindings = 200;
/** How many of the worst layers are listed. */
export const mostWorst = 10;
const mostNameCharacters = 300;

/** A column of a table: figures stand at the right. */
export interface ReportColumn {
  readonly title: string;
  readonly isFigure: boolean;
}

/** A part of a report, whatever it is written in. Texts are plain. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [term: string, text: string])[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly ReportColumn[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'charts' };

/** A heading and what is under it. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The report in sections. Nothing in it grows without bound with the model. */
export function reportSections(report: ModelReport): Section[] {
  const { schemes } = report;
  return [
    { title: 'Model', blocks: [{ kind: 'facts', facts: modelFacts(report) }, ...progress(report)] },
    { title: 'Schemes', blocks: [schemeTable(schemes)] },
    { title: 'Charts', blocks: [{ kind: 'charts' }] },
    ...worstSections(report),
    { title: 'Findings', blocks: findings(report) },
    { title: 'Layers', blocks: layers(report) },
  ];
}

/** When and with what it was made. */
export function madeWith({ made, version }: ModelReport): string {
  return `Made by Quantscope ${version} on ${made.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function modelFacts({ fileName, summary, sigma }: ModelReport): (readonly [string, string])[] {
  const { format, tensors, parameters, byteLength, dtypes, shards } = summary;
  return [
    ['File', cut(fileName)],
    ['Format', formatName(format) + (shards > 1 ? `, ${formatCount(shards)} files` : '')],
    ['Tensors', formatCount(tensors)],
    ['Parameters', formatCount(parameters)],
    ['Size', `${formatBytes(byteLength)} (${formatCount(byteLength)} bytes)`],
    ...dtypes
      .slice(0, 20)
      .map(
        (d, i) =>
          [
            i === 0 ? 'Element types' : '',
            `${d.dtype}: ${formatCountOf(d.tensors, 'tensor')}, ${formatBytes(d.byteLength)}`,
          ] as const,
      ),
    ['Outliers', `values beyond ${formatPlain(sigma)} standard deviations`],
  ];
}

function formatName(format: Summary['format']): string {
  if (format === 'gguf') return 'GGUF';
  return format === 'safetensors-index' ? 'safetensors, sharded' : format;
}

/** What the figures are not: said where it is, not left to be guessed. */
function progress({ progress: p }: ModelReport): Block[] {
  return progressTexts(p).map(text => ({ kind: 'text', text }));
}

/** What is missing of a model's figures, in sentences; none when nothing is. */
export function progressTexts({ tensors, waiting, failed, sampled }: Progress): string[] {
  const of = `of ${formatCountOf(tensors, 'tensor')}`;
  return [
    ...(waiting > 0
      ? [`The analysis is not complete: ${formatCount(waiting)} ${of} had no figures, or not all.`]
      : []),
    ...(sampled > 0
      ? [`The figures of ${formatCount(sampled)} ${of} are estimates from a sample of the values.`]
      : []),
    ...(failed > 0 ? [`${formatCount(failed)} ${of} could not be read.`] : []),
  ];
}

const text = (title: string): ReportColumn => ({ title, isFigure: false });
const figure = (title: string): ReportColumn => ({ title, isFigure: true });

function schemeTable(schemes: ModelReport['schemes']): Block {
  return {
    kind: 'table',
    columns: [text('Scheme'), text('Meaning'), figure('Bits per weight'), figure('Model size')],
    rows: schemes.map(({ text, facts }) => [
      text,
      facts?.meaning ?? '–',
      facts?.bitsPerWeight ? formatPlain(facts.bitsPerWeight) : '–',
      facts ? formatBytes(facts.byteLength) : '–',
    ]),
  };
}

function worstSections({ schemes, worst }: ModelReport): Section[] {
  return schemes.flatMap(({ text: scheme }, i) => {
    const ranked = worst[i] ?? [];
    if (ranked.length === 0) return [];
    const rows = ranked.map(({ name, tensorKind, sqnrDb, gaussianSqnrDb, share }) => [
      cut(name),
      tensorKind,
      formatDecibel(sqnrDb),
      excess(sqnrDb, gaussianSqnrDb),
      formatPercent(share),
    ]);
    const columns = [
      ...[text('Layer'), text('Kind'), figure('SQNR dB'), figure('Excess loss dB')],
      figure('Share of the error'),
    ];
    return [{ title: `Worst layers under ${scheme}`, blocks: [{ kind: 'table', columns, rows }] }];
  });
}

/** How much less than Gaussian weights. */
function excess(sqnrDb: number | null, gaussianDb: number | null): string {
  return sqnrDb === null || gaussianDb === null ? '–' : formatDecibel(gaussianDb - sqnrDb);
}

function findings({ findings: found, moreFindings }: ModelReport): Block[] {
  if (found.length === 0) return [{ kind: 'text', text: 'None.' }];
  const items = found.map(({ severity, message }) => `${severity}: ${message}`);
  const more = `${formatCount(moreFindings)} more are left out.`;
  return [
    { kind: 'list', items },
    ...(moreFindings > 0 ? [{ kind: 'text', text: more } as const] : []),
  ];
}

function layers({ tensors, summary, schemes }: ModelReport): Block[] {
  const left = summary.tensors - tensors.length;
  const of = (title: string, scheme: string) =>
    figure(schemes.length > 1 ? `${title} (${scheme})` : title);
  const columns = [
    ...[text('Layer'), text('Dtype'), text('Shape'), figure('|max|'), figure('Std')],
    figure('Outliers'),
    ...schemes.flatMap(({ text: scheme }) =>
      ['Scale', 'Zero point', 'SQNR dB', 'Excess loss dB', 'MSE'].map(title => of(title, scheme)),
    ),
  ];
  const rows = tensors.map(tensor => [
    cut(tensor.name),
    tensor.dtype,
    formatShape(tensor.shape),
    formatFigure(tensor.profile?.absMax),
    formatFigure(tensor.profile?.std),
    formatPercent(tensor.outliers),
    ...schemes.flatMap((_, i) => schemeCells(tensor, i)),
  ]);
  const note = `${formatCountOf(left, 'more tensor')} of ${formatCount(summary.tensors)} left out; the table as CSV has all.`;
  return [
    { kind: 'table', columns, rows },
    ...(left > 0 ? [{ kind: 'text', text: note } as const] : []),
  ];
}

function schemeCells({ reports, gaussianSqnrDb }: ReportTensor, scheme: number): string[] {
  const report = reports[scheme];
  if (!report) return ['–', '–', '–', '–', '–'];
  const { scale, zeroPoint, sqnrDb, mse } = report;
  return [
    formatBand(scale.min, scale.max, formatFigure),
    formatBand(zeroPoint.min, zeroPoint.max, formatFigure),
    formatDecibel(sqnrDb),
    excess(sqnrDb, gaussianSqnrDb[scheme] ?? null),
    formatFigure(mse),
  ];
}

function cut(name: string): string {
  return name.length > mostNameCharacters ? `${name.slice(0, mostNameCharacters)}…` : name;
}
