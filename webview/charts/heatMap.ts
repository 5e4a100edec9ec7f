import { groupCount, rowCount } from '../counts';
import { h, setAttribute, setText } from '../dom';
import { formatFigure } from '../format';
import { fittedContext } from './canvas';
import { extentOf, type HeatCells } from './mapCells';
import { type Ramp, themeRamp } from './ramp';
import type { ChartTheme } from './theme';

/** A matrix as a picture: rows downwards, columns (or groups) to the right, with the key of its colours. */
export interface HeatMap {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  draw(map: HeatCells, theme: ChartTheme, label: string): void;
  /** The cells as large as they are on the page, at `ratio` pixels for each CSS pixel; null while they are not shown. */
  copy(ratio: number): HTMLCanvasElement | null;
}

/**
 * Makes an empty picture. One pixel a cell: the style sheet scales it, so size costs nothing.
 * @param columns how many there are to the right, in words
 */
export function createHeatMap(columns: (count: number) => string = groupCount): HeatMap {
  const canvas = h('canvas', { class: 'heat-map', role: 'img' });
  const key = h('canvas', { class: 'heat-key', 'aria-hidden': 'true' });
  const size = h('div', { class: 'stored-sub' });
  const [low, high] = [h('span'), h('span')];
  const legend = h('div', { class: 'heat-legend' }, low, key, high);
  return {
    element: h('div', {}, size, canvas, legend),
    canvas,
    draw(map, theme, label) {
      setAttribute(canvas, 'aria-label', label);
      const extent = extentOf(map);
      const ramp = themeRamp(theme);
      paint(canvas, map.cols, mapPixels(map, ramp));
      paint(key, ramp.length, rampPixels(ramp));
      const [rows, cols] = map.shape;
      setText(size, `${rowCount(rows)} ↓ · ${columns(cols)} →`);
      setText(low, formatFigure(extent?.[0]));
      setText(high, formatFigure(extent?.[1]));
      low.title = String(extent?.[0] ?? '');
      high.title = String(extent?.[1] ?? '');
    },
    copy(ratio) {
      const { clientWidth: width, clientHeight: height } = canvas;
      if (width === 0 || height === 0) return null;
      const copy = h('canvas');
      const context = fittedContext(copy, { width, height }, ratio);
      context.imageSmoothingEnabled = false;
      context.drawImage(canvas, 0, 0, width, height);
      return copy;
    },
  };
}

function paint(canvas: HTMLCanvasElement, width: number, pixels: Uint8ClampedArray<ArrayBuffer>) {
  canvas.width = width;
  canvas.height = pixels.length / 4 / width;
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width), 0, 0);
}

/** RGBA of a map's cells, row-major; a cell without a value is transparent. */
export function mapPixels(map: HeatCells, ramp: Ramp): Uint8ClampedArray<ArrayBuffer> {
  const [low, high] = extentOf(map) ?? [0, 0];
  const pixels = new Uint8ClampedArray(4 * map.means.length);
  for (let i = 0; i < map.means.length; i++) {
    const mean = map.means[i];
    if (mean === null || mean === undefined || Number.isNaN(mean)) continue;
    const fraction = high > low ? (mean - low) / (high - low) : 0.5;
    pixels.set([...ramp[Math.round(fraction * (ramp.length - 1))]!, 255], 4 * i);
  }
  return pixels;
}

function rampPixels(ramp: Ramp): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(ramp.flatMap(color => [...color, 255]));
}
