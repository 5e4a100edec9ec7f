import { labelCandidates, placeLabels } from '../base/axisLabels';
import { minBarSlot, slotOf } from '../base/slots';
import { type Axis, extent, formatTick, linearAxis, logAxis } from '../base/ticks';
import {
  type ChartPicture,
  type FigureFacts,
  figureFacts,
  type Line,
  linesOf,
} from './chartFigures';
import type { Palette } from './palette';
import { kindMarks, legendSign, type Plot, patterns, schemeMarks } from './svgMarks';
import { escapeXml } from './xml';

/** Of the whole picture, in CSS pixels. */
export interface SvgLook {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
}

const fontSize = 11;
const axisWidth = 52;
const titleHeight = 24;
const legendLine = 18;
/** Texts cannot be measured here: about what a character of a sans-serif font takes, of its size. */
const characterWidth = 0.58;

/** A chart of layers as an SVG image: title, unit, legend, axes, and the marks as the editor draws them. Text stays text. */
export function chartSvg(picture: ChartPicture, { palette, width, height }: SvgLook): string {
  const log = picture.log ?? figureFacts(picture).log;
  const facts = { ...figureFacts(picture), log };
  const lines = linesOf(picture);
  const { rows, places } = legendPlaces(lines, width);
  const top = titleHeight + rows * legendLine + 12;
  const area = { left: axisWidth, right: width - 8, top, bottom: height - 22 };
  const axis = axisOf(lines, facts, { picture, area });
  const plot = plotOf({ picture, facts, palette, area, axis });
  const unit = log ? `${facts.unit}, log` : facts.unit;
  const marks = picture.byKind ? kindMarks(lines, plot) : schemeMarks(lines, plot);
  const under =
    picture.byKind && picture.id !== 'outliers' ? ` under ${picture.byKind.scheme}` : '';
  const name = `${facts.title} per layer (${unit})${under}`;
  const legend = places.map(({ line, x, y }) => {
    const at = { x, y: titleHeight + y };
    return `${legendSign(line, plot, at)}${textAt({ x: x + 20, y: at.y + 4, fill: palette.text }, line.name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(name)}" font-family="system-ui, sans-serif" font-size="${fontSize}">`,
    `<title>${escapeXml(name)}</title>`,
    `<defs>${patterns(plot)}</defs>`,
    `<rect width="${width}" height="${height}" fill="${palette.background}"/>`,
    `<text x="8" y="16" font-size="13"><tspan font-weight="600" fill="${palette.text}">${escapeXml(facts.title)}</tspan><tspan dx="8" font-size="${fontSize}" fill="${palette.muted}">${escapeXml(unit + under)}</tspan></text>`,
    ...legend,
    ...axisElements(axis, plot),
    ...marks,
    ...layerLabels(picture.series.name, plot),
    lines.some(hasFigures)
      ? ''
      : textAt({ x: area.left + 8, y: top + 16, fill: palette.muted }, 'No figures'),
    '</svg>',
  ].join('\n');
}

function hasFigures({ band }: Line): boolean {
  return extent([band], false) !== null;
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  readonly anchor?: 'end';
}

function textAt({ x, y, fill, anchor }: TextPlace, text: string): string {
  const end = anchor ? ` text-anchor="${anchor}"` : '';
  return `<text x="${Number(x.toFixed(2))}" y="${Number(y.toFixed(2))}" fill="${fill}"${end}>${escapeXml(text)}</text>`;
}

function widthOf(text: string): number {
  return text.length * fontSize * characterWidth;
}

/** The names of the lines beside each other, in as many rows as they need; what has no name needs none. */
function legendPlaces(lines: readonly Line[], width: number) {
  const places: { line: Line; x: number; y: number }[] = [];
  let [x, row] = [8, 0];
  for (const line of lines) {
    if (line.name === '') continue;
    const needed = 20 + widthOf(line.name) + 16;
    if (x > 8 && x + needed > width) [x, row] = [8, row + 1];
    places.push({ line, x, y: row * legendLine + legendLine / 2 });
    x += needed;
  }
  return { places, rows: places.length > 0 ? row + 1 : 0 };
}

type Area = Pick<Plot, 'left' | 'right' | 'top' | 'bottom'>;

function areBars({ log }: FigureFacts, { picture, area }: { picture: ChartPicture; area: Area }) {
  const { width } = slotOf(area, picture.series.name.length, 0);
  return !log && !picture.byKind && width >= minBarSlot;
}

function axisOf(
  lines: readonly Line[],
  facts: FigureFacts,
  place: { readonly picture: ChartPicture; readonly area: Area },
): Axis {
  const { log, factor, integers } = facts;
  const bands = lines.flatMap(({ band, theory }) => [band, ...(theory ? [theory] : [])]);
  const found = extent(bands, log);
  if (!found) return { min: log ? 0.1 : 0, max: 1, ticks: [] };
  const [low, high] = [found[0] * factor, found[1] * factor];
  const count = Math.max(3, Math.floor((place.area.bottom - place.area.top) / (fontSize * 2)) + 1);
  if (log) return logAxis(low, high, count);
  return linearAxis(low, high, { count, zero: facts.zero || areBars(facts, place), integers });
}

interface Plotted {
  readonly picture: ChartPicture;
  readonly facts: FigureFacts;
  readonly palette: Palette;
  readonly area: Area;
  readonly axis: Axis;
}

function plotOf({ picture, facts, palette, area, axis }: Plotted): Plot {
  const { log, factor } = facts;
  const along = (value: number) => (log ? Math.log10(value) : value);
  const [from, to] = [along(axis.min), along(axis.max)];
  const { start, name } = picture.series;
  return {
    ...area,
    y: value =>
      log && value <= 0
        ? area.bottom
        : area.bottom - ((along(value) - from) / (to - from)) * (area.bottom - area.top),
    log,
    factor,
    fromZero: areBars(facts, { picture, area }),
    merged: (start.at(-1) ?? 0) - (start[0] ?? 0) > name.length,
    palette,
    id: `quantscope-${picture.id}`,
  };
}

/** The value axis: lines across the plot, and their figures. */
function axisElements({ ticks }: Axis, { left, right, y, palette }: Plot): string[] {
  return ticks.flatMap(tick => {
    const at = Math.round(y(tick)) + 0.5;
    return [
      `<path d="M${left} ${at}H${right}" stroke="${palette.grid}"/>`,
      textAt({ x: left - 6, y: at + 4, fill: palette.muted, anchor: 'end' }, formatTick(tick)),
    ];
  });
}

/** The axis of layers: the names that fit, each from its mark on. */
function layerLabels(names: readonly string[], plot: Plot): string[] {
  const { left, right, bottom, palette } = plot;
  const x = (index: number) => slotOf(plot, names.length, index).left;
  const labels = placeLabels(labelCandidates(names), {
    ...{ width: widthOf, right, gap: fontSize },
    x: index => x(index) + 4,
  });
  const lines = labels.map(
    ({ index }) => `M${Math.round(x(index)) + 0.5} ${bottom + 0.5}v${fontSize}`,
  );
  return [
    `<path d="M${left} ${bottom + 0.5}H${right}${lines.join('')}" stroke="${palette.grid}" fill="none"/>`,
    ...labels.map(label => textAt({ x: label.x, y: bottom + 14, fill: palette.muted }, label.text)),
  ];
}
