import { quote } from '../base/limits';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';
import type { ChannelReport, ErrorReport } from '../quant/errorReport';
import { findingsOf, noteField } from './findings';

/** A tensor and what was computed of it. */
export interface AnalyzedTensor {
  readonly entry: Pick<TensorEntry, 'name' | 'dtype' | 'shape' | 'count'>;
  readonly analysis: TensorAnalysis;
}

/** What one scheme does to a tensor. */
export type SchemeLine = Omit<ErrorReport, 'scheme'> & {
  readonly name: string;
  /** Figures of each row, when asked for; null where there are too many rows. */
  readonly channels?: ChannelReport | null;
};

/** The figures of the first scheme that was asked for; tensors to which it does not apply have none. */
export function schemeLines(results: readonly AnalyzedTensor[]): SchemeLine[] {
  return results.flatMap(({ entry, analysis }) => {
    const [report] = analysis.reports;
    if (!report) return [];
    const { scheme: _, ...figures } = report;
    const [channels] = analysis.channelReports ?? [];
    return [{ name: entry.name, ...figures, ...(channels !== undefined && { channels }) }];
  });
}

/** Empty floating-point tensors are told of; integers and the like are not weights to be quantized. */
export function emptyOnes(tensors: readonly Pick<TensorEntry, 'name' | 'count'>[]): Finding[] {
  return tensors
    .filter(t => t.count === 0)
    .map(({ name }) => ({
      severity: 'info',
      message: `${quote(name)} is left out: it holds no values`,
      tensor: name,
    }));
}

/** What a scheme does to tensors, as a line of JSON. @param written files that were written, when that was asked for */
export function quantizeJson(
  scheme: string,
  {
    lines,
    findings,
  }: { readonly lines: readonly SchemeLine[]; readonly findings: readonly Finding[] },
  written?: readonly string[],
): string {
  const more = { ...noteField(findings), ...(written && { written }) };
  return `${JSON.stringify({ scheme, tensors: lines, ...more })}\n`;
}

/** The statistics of tensors, as a line of JSON. */
export function statsJson(
  results: readonly AnalyzedTensor[],
  findings: readonly Finding[],
): string {
  return `${JSON.stringify({ tensors: results.map(statistics), ...noteField(findings) })}\n`;
}

function statistics({ entry, analysis }: AnalyzedTensor) {
  const { name, dtype, shape, count } = entry;
  const { profile, detail, channels } = analysis;
  return {
    name,
    dtype,
    shape,
    count,
    nonFinite: profile ? profile.nan + profile.infinite : null,
    zeros: profile?.zeros ?? null,
    min: profile?.min ?? null,
    max: profile?.max ?? null,
    absMax: profile?.absMax ?? null,
    mean: profile?.mean ?? null,
    std: profile?.std ?? null,
    outliers: profile?.outliers ?? { threshold: null, count: null },
    ...(detail !== undefined && { detail }),
    ...(channels !== undefined && { channels }),
  };
}

/** Stands for the analysis of a tensor that failed: nothing but why. */
export function failedAnalysis(name: string, message: string, schemes: number): TensorAnalysis {
  return {
    profile: null,
    reports: new Array<null>(schemes).fill(null),
    sampled: 1,
    findings: [
      { severity: 'warning', message: `${quote(name)} has no figures: ${message}`, tensor: name },
    ],
    schemeFindings: [],
    gaussianSqnrDb: new Array<null>(schemes).fill(null),
  };
}

/** What a person should look at: of the file, then of each tensor. */
export function allFindings(
  ofFile: readonly Finding[],
  results: readonly AnalyzedTensor[],
): Finding[] {
  return [...ofFile, ...results.flatMap(r => findingsOf(r.analysis))];
}
