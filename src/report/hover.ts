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
import type { Histogram, Profile } from '../stats/profile';
import { histogramSvg, svgDataUri } from './histogramSvg';
import type { HoverTexts } from './hoverTexts';
import { escapeMarkdown, markdownTable } from './markdown';

/** Targets of a card's links; those that are absent are not offered. */
export interface HoverLinks {
  readonly open: string;
  readonly openBeside?: string;
  readonly quantize?: string;
  readonly compare?: string;
}

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
  /** Absent until it is known, and where there is none. */
  readonly histogram?: Histogram | undefined;
  /** How a packed weight is stored; absent for others, its parameters until they are known. */
  readonly stored?: StoredScheme | undefined;
  readonly links: HoverLinks;
}

/** Scheme and parameters that are in the file. */
export interface StoredScheme {
  readonly scheme: string;
  readonly bitsPerWeight: number;
  readonly scale?: StoredRange | undefined;
  readonly zeroPoint?: StoredRange | undefined;
}

type StoredRange = Pick<Spread, 'min' | 'max'> & { readonly count: number };

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
/** Pictures of the first models only: all of them together have their bound, too. */
const mostPictures = 2;

/** The card of a tensor that each of `cards` has in another model, as Markdown. */
export function hoverMarkdown(cards: readonly HoverCard[], texts: HoverTexts): string {
  const shown = cards
    .slice(0, mostModels)
    .map((each, i) => card(each, { texts, hasPicture: i < mostPictures }));
  if (cards.length > 1) shown.unshift(texts.inModels(formatCount(cards.length)));
  if (cards.length > mostModels)
    shown.push(texts.moreModels(formatCount(cards.length - mostModels)));
  return shown.join('\n\n---\n\n');
}

/** The links of a card, behind the model they lead to. */
export function linksLine(model: string, links: HoverLinks, texts: HoverTexts): string {
  const { open, openBeside, quantize, compare } = links;
  const all = [
    [texts.open, open],
    [texts.openBeside, openBeside],
    [texts.quantize, quantize],
    [texts.compare, compare],
  ] as const;
  const offered = all.flatMap(([text, target]) =>
    target === undefined ? [] : [`[${escapeMarkdown(text)}](${target})`],
  );
  return [escapeMarkdown(cutName(model)), ...offered].join(' · ');
}

/** A name that is not longer than a hover has room for. */
export function cutName(text: string): string {
  return text.length > mostNameCharacters ? `${text.slice(0, mostNameCharacters)}…` : text;
}

function card(
  it: HoverCard,
  { texts, hasPicture }: { readonly texts: HoverTexts; readonly hasPicture: boolean },
): string {
  const name = `**${escapeMarkdown(cutName(it.name))}**`;
  const facts = [
    escapeMarkdown(it.dtype),
    escapeMarkdown(formatShape(it.shape)),
    texts.elements(formatCount(it.elements)),
    formatBytes(it.byteLength),
  ].join(' · ');
  const picture =
    it.histogram && hasPicture
      ? [`![${escapeMarkdown(texts.histogram)}](${svgDataUri(histogramSvg(it.histogram))})`]
      : [];
  const stored = it.stored ? [storedTable(it.stored, texts)] : [];
  const links = linksLine(it.model, it.links, texts);
  return [name, facts, ...picture, ...stored, ...figures(it, texts), links].join('\n\n');
}

function figures({ figures: known, sigma }: HoverCard, texts: HoverTexts): string[] {
  if (known === 'computing') return [texts.computing];
  if (known === 'not-computed') return [texts.tooLarge];
  if ('failed' in known) return [texts.failed(escapeMarkdown(known.failed))];
  const parts = [];
  if (known.profile) parts.push(profileTable(known.profile, sigma, texts));
  const reports = known.reports.filter(report => report !== null);
  if (reports.length > 0) parts.push(schemeTable(reports, texts));
  if (known.sampled < 1) parts.push(texts.sample(formatPercent(known.sampled)));
  parts.push(...known.findings.map(f => escapeMarkdown(f.message)));
  return parts;
}

function profileTable(profile: Profile, sigma: number, texts: HoverTexts): string {
  const { count, outliers } = profile;
  const beyond =
    outliers.threshold === null || count === 0 ? '–' : formatPercent(outliers.count / count);
  return markdownTable(
    [texts.range, texts.mean, texts.std, texts.outliers(formatPlain(sigma))],
    [[range(profile), formatFigure(profile.mean), formatFigure(profile.std), beyond]],
  );
}

function schemeTable(reports: readonly ErrorReport[], texts: HoverTexts): string {
  return markdownTable(
    [texts.scheme, texts.scale, texts.zeroPoint, texts.sqnr],
    reports.map(({ scheme, scale, zeroPoint, sqnrDb }) => [
      escapeMarkdown(scheme),
      scales(scale, texts),
      range(zeroPoint),
      sqnrDb === null ? '–' : `${sqnrDb.toFixed(2)} dB`,
    ]),
  );
}

function storedTable(
  { scheme, bitsPerWeight, scale, zeroPoint }: StoredScheme,
  texts: HoverTexts,
): string {
  return markdownTable(
    [texts.stored, texts.bitsPerWeight, texts.scale, texts.zeroPoint],
    [
      [
        escapeMarkdown(scheme),
        formatFigure(bitsPerWeight),
        scale ? scales(scale, texts) : '–',
        zeroPoint ? range(zeroPoint) : '–',
      ],
    ],
  );
}

function scales(scale: StoredRange, texts: HoverTexts): string {
  return range(scale) + (scale.count > 1 ? ` (${texts.scales(formatCount(scale.count))})` : '');
}

function range({ min, max }: Pick<Spread, 'min' | 'max'>): string {
  return formatBand(min, max, formatFigure);
}
