import * as l10n from '@vscode/l10n';
import { drawSwatch } from '../charts/marks';
import { drawSigns } from '../charts/signs';
import type { ChartTheme, KindStyle, SeriesStyle } from '../charts/theme';
import { h } from '../dom';

/** Pixels of a saved picture for each CSS pixel, whatever the screen has. */
export const pictureRatio = 2;

/** A line of the legend. */
export interface LegendEntry {
  readonly name: string;
  readonly style: SeriesStyle | KindStyle;
}

/** What belongs to a saved chart. */
export interface PictureParts {
  readonly title: string;
  /** What it is of, on a line of its own. */
  readonly subtitle?: string;
  readonly unit: string;
  readonly legend: readonly LegendEntry[];
  readonly theme: ChartTheme;
  /** The chart with its axes, drawn at `pictureRatio`. */
  readonly plot: HTMLCanvasElement;
}

const padding = 8;
const swatchSize = { width: 14, height: 10 } as const;

/** A chart as a PNG file: titles, unit and legend over it, on the theme's background. */
export function pngOf(parts: PictureParts): Promise<Uint8Array> {
  const { plot, theme, legend } = parts;
  const { fontSize } = theme;
  const line = Math.round(fontSize * 1.7);
  const width = plot.width / pictureRatio + 2 * padding;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  context.font = `${fontSize}px ${theme.fontFamily}`;
  const { rows, places } = legendPlaces(context, legend, { width, line });
  const head = padding + (parts.subtitle === undefined ? 1 : 2) * line;
  const top = head + rows * line;
  canvas.width = width * pictureRatio;
  canvas.height = (top + padding) * pictureRatio + plot.height;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(plot, padding * pictureRatio, top * pictureRatio);
  context.scale(pictureRatio, pictureRatio);
  context.textBaseline = 'middle';
  writeTitle(context, parts, { line, right: width - padding });
  for (const { entry, x, row } of places) {
    const y = head + line * (row + 0.5);
    drawEntry(context, entry, { theme, x, y });
  }
  return encoded(canvas);
}

function writeTitle(
  context: CanvasRenderingContext2D,
  { title, subtitle, unit, theme }: PictureParts,
  { line, right }: { readonly line: number; readonly right: number },
): void {
  const y = padding + line / 2;
  const { fontSize, fontFamily, text, muted } = theme;
  context.font = `600 ${Math.round(fontSize * 1.2)}px ${fontFamily}`;
  context.fillStyle = text;
  context.fillText(title, padding, y);
  const after = padding + context.measureText(title).width + fontSize;
  context.font = `${fontSize}px ${fontFamily}`;
  context.fillStyle = muted;
  // What is too long is drawn narrower.
  context.fillText(unit, after, y, Math.max(1, right - after));
  if (subtitle !== undefined) context.fillText(subtitle, padding, y + line, right - padding);
}

/** Names beside each other, in as many rows as they need. */
function legendPlaces(
  context: CanvasRenderingContext2D,
  legend: readonly LegendEntry[],
  { width, line }: { readonly width: number; readonly line: number },
) {
  let [x, row] = [padding, 0];
  const places = legend.map(entry => {
    const needed = swatchSize.width + 6 + context.measureText(entry.name).width + line;
    if (x > padding && x + needed > width) [x, row] = [padding, row + 1];
    const place = { entry, x, row };
    x += needed;
    return place;
  });
  return { places, rows: legend.length > 0 ? row + 1 : 0 };
}

function drawEntry(
  context: CanvasRenderingContext2D,
  { name, style }: LegendEntry,
  { theme, x, y }: { readonly theme: ChartTheme; readonly x: number; readonly y: number },
): void {
  const { width, height } = swatchSize;
  if ('sign' in style) {
    context.fillStyle = style.color;
    context.strokeStyle = style.color;
    context.lineWidth = 1.5;
    drawSigns(context, style.sign, [{ x: x + width / 2, y, r: 4 }]);
  } else {
    const swatch = h('canvas');
    drawSwatch(swatch, style, pictureRatio);
    context.drawImage(swatch, x, y - height / 2, width, height);
  }
  context.fillStyle = theme.text;
  context.fillText(name, x + width + 6, y);
}

function encoded(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => {
      if (!blob) reject(new Error(l10n.t('The picture could not be made.')));
      else void blob.arrayBuffer().then(bytes => resolve(new Uint8Array(bytes)), reject);
    }, 'image/png');
  });
}
