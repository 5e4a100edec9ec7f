import type { ChartArea } from 'chart.js';
import type { Histogram } from '../../src/stats/profile';
import { clearedSurface, type Surface } from '../charts/canvas';
import { slotAt, slotOf } from '../charts/marks';
import { areaOf, drawPlaceAxis, drawValueAxis } from '../charts/plot';
import { type ChartTheme, schemeStyle } from '../charts/theme';
import { type Axis, logAxis } from '../charts/ticks';
import { h, setAttribute } from '../dom';

const yTicks = 4;
/** Where the log axis begins: a bin with one value still has a height. */
const lowest = 0.5;
const lineWidth = 1.5;

/** Two histograms over the same bins. */
export interface HistogramPair {
  readonly a: Histogram;
  readonly b: Histogram;
}

/** A chart of two histograms, one an area and one a line. Whoever owns it draws it again when theme or size change. */
export interface HistogramPlot {
  readonly canvas: HTMLCanvasElement;
  draw(pair: HistogramPair, theme: ChartTheme, label: string): void;
  /** Which bin is at a place in CSS pixels from the left; null beside the plot. */
  binAt(x: number): number | null;
}

/** Makes an empty chart. */
export function createHistogramPlot(): HistogramPlot {
  const canvas = h('canvas', { class: 'stored-plot histograms', role: 'img' });
  let area: ChartArea | null = null;
  let bins = 0;
  return {
    canvas,
    draw(pair, theme, label) {
      setAttribute(canvas, 'aria-label', label);
      const surface = clearedSurface(canvas);
      if (!surface) return;
      bins = pair.a.counts.length;
      area = drawPair(surface, pair, theme);
    },
    binAt: x => (area ? slotAt(area, bins, x) : null),
  };
}

/** The axis of counts, beginning below 1: logarithms have no place for 0. */
export function countAxis({ a, b }: HistogramPair): Axis {
  const most = Math.max(1, ...a.counts, ...b.counts);
  const { max, ticks } = logAxis(1, most, yTicks);
  return { min: lowest, max, ticks };
}

function drawPair(surface: Surface, pair: HistogramPair, theme: ChartTheme): ChartArea {
  const { context } = surface;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  const axis = countAxis(pair);
  const area = areaOf(surface, axis, theme);
  const height = Math.log(axis.max / axis.min);
  const y = (count: number) =>
    area.bottom - (Math.log(Math.max(count, axis.min) / axis.min) / height) * area.height;
  drawValueAxis(context, { area, axis, theme, y });
  const places = { from: pair.a.lo, to: pair.a.hi, integers: false };
  drawPlaceAxis(context, { area, input: places, theme });
  context.fillStyle = schemeStyle(theme, 0).color;
  traceSteps(context, { area, y, counts: pair.a.counts });
  context.fill();
  // A rim in the colour of the page sets the line off from the area in every theme.
  for (const [color, width] of [
    [theme.background, 2 * lineWidth + 1],
    [schemeStyle(theme, 1).color, lineWidth],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    traceSteps(context, { area, y, counts: pair.b.counts });
    context.stroke();
  }
  return area;
}

interface Steps {
  readonly area: ChartArea;
  readonly counts: readonly number[];
  y(count: number): number;
}

/** The outline of bars that touch each other, from the base line to the base line. */
function traceSteps(context: CanvasRenderingContext2D, { area, counts, y }: Steps): void {
  context.beginPath();
  context.moveTo(area.left, area.bottom);
  counts.forEach((count, i) => {
    const { left, width } = slotOf(area, counts.length, i);
    if (count > 0) {
      context.lineTo(left, y(count));
      context.lineTo(left + width, y(count));
      return;
    }
    // Along empty bins there is no line, lest the base line look like counts.
    if (counts[i - 1]) context.lineTo(left, area.bottom);
    context.moveTo(left + width, area.bottom);
  });
  if (counts.at(-1)) context.lineTo(area.right, area.bottom);
}
