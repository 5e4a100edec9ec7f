import {
  formatBand,
  formatBytes,
  formatCount,
  formatFigure,
  formatPercent,
  formatPlain,
  formatShape,
} from '../base/format';
import type { ErrorReport, Spread } from '../quant/errorReport';
import type { Profile } from '../stats/profile';
import { escapeMarkdown, markdownTable } from './markdown';

/** What a hover says of one tensor. */
export interface HoverCard {
  readonly name: string;
  /** The model it is in: its path, as people know it. */
  readonly model: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly figures: HoverFigures | 'computing' | 'not-computed' | { readonly failed: string };
  /** Target of the link that opens the tensor. */
  readonly openLink: string;
}

export interface HoverFigures {
  readonly profile: Profile | null;
  /** By scheme; null where one does not apply. */
  readonly reports: readonly (ErrorReport | null)[];
  /** Fraction of the elements that were read. */
  readonly sampled: number;
  readonly findings: readonly { readonly message: string }[];
}

/** Names longer than this are cut: a hover is not the place to read them. */
const mostNameCharacters = 300;
const mostModels = 4;

/** The card of a tensor that has the same name in every one of `cards`, as Markdown. */
export function hoverMarkdown(cards: readonly HoverCard[]): string {
  const shown = cards.slice(0, mostModels).map(card);
  if (cards.length > 1) shown.unshift(`The name is in ${cards.length} models.`);
  if (cards.length > mostModels) shown.push(`${cards.length - mostModels} more are not shown.`);
  return shown.join('\n\n---\n\n');
}

function card(it: HoverCard): string {
  const name = `**${escapeMarkdown(cut(it.name))}**`;
  const facts = [
    escapeMarkdown(it.dtype),
    escapeMarkdown(formatShape(it.shape)),
    `${formatCount(it.elements)} elements`,
    formatBytes(it.byteLength),
  ].join(' · ');
  const link = `${escapeMarkdown(cut(it.model))} · [Open in Quantscope](${it.openLink})`;
  return [name, facts, ...figures(it), link].join('\n\n');
}

function figures({ figures: known, sigma }: HoverCard): string[] {
  if (known === 'computing') return ['Figures are being computed; they are in the next hover.'];
  if (known === 'not-computed')
    return ['Figures are computed in the editor: it is a large tensor.'];
  if ('failed' in known) return [`No figures: ${escapeMarkdown(known.failed)}`];
  const parts = [];
  if (known.profile) parts.push(profileTable(known.profile, sigma));
  const reports = known.reports.filter(report => report !== null);
  if (reports.length > 0) parts.push(schemeTable(reports));
  if (known.sampled < 1)
    parts.push(`From a sample of ${formatPercent(known.sampled)} of the elements.`);
  parts.push(...known.findings.map(f => escapeMarkdown(f.message)));
  return parts;
}

function profileTable(profile: Profile, sigma: number): string {
  const { count, outliers } = profile;
  const beyond =
    outliers.threshold === null || count === 0 ? '–' : formatPercent(outliers.count / count);
  return markdownTable(
    ['Range', 'Mean', 'Std', `Outliers (over ${formatPlain(sigma)} σ)`],
    [[range(profile), formatFigure(profile.mean), formatFigure(profile.std), beyond]],
  );
}

function schemeTable(reports: readonly ErrorReport[]): string {
  return markdownTable(
    ['Scheme', 'Scale', 'Zero point', 'SQNR'],
    reports.map(({ scheme, scale, zeroPoint, sqnrDb }) => [
      escapeMarkdown(scheme),
      range(scale) + (scale.count > 1 ? ` (${formatCount(scale.count)} scales)` : ''),
      range(zeroPoint),
      sqnrDb === null ? '–' : `${sqnrDb.toFixed(2)} dB`,
    ]),
  );
}

function range({ min, max }: Pick<Spread, 'min' | 'max'>): string {
  return formatBand(min, max, formatFigure);
}

function cut(text: string): string {
  return text.length > mostNameCharacters ? `${text.slice(0, mostNameCharacters)}…` : text;
}
