import type { ChartArea } from 'chart.js';
import { type Axis, linearAxis } from '../../src/base/ticks';
import type { Surface } from './canvas';
import { createDrawing, type Drawing } from './drawing';
import { areaOf, drawPlaceAxis, drawValueAxis, logCountAxis, valuePlace } from './plot';
import { type ChartTheme, schemeStyle } from './theme';

const yTicks = 4;
const lineWidth = 1.5;
/** Bins narrower than this, in pixels, have room for a thin line only. */
const narrowBin = 5;

/** Two histograms over the same equal bins of [lo, hi]. */
export interface HistogramInput {
  readonly lo: number;
  readonly hi: number;
  /** Counts that are drawn as an area, and those that are drawn as a line over it. */
  readonly area: readonly number[];
  readonly line: readonly number[];
  readonly isLog: boolean;
  /** The axis, which holds [lo, hi]; without it that is the axis. */
  readonly axis?: { readonly from: number; readonly to: number };
}

/** A chart of two histograms, one an area and one a line. */
export interface HistogramPlot extends Drawing<HistogramInput> {
  /** Which bin is at a place in CSS pixels from the left; null beside the bins. */
  binAt(x: number): number | null;
}

/** Makes an empty chart. */
export function createHistogramPlot(): HistogramPlot {
  const drawing = createDrawing({ class: 'stored-plot histograms' }, drawPair);
  const binAt = (x: number) => {
    const { area, input } = drawing;
    if (!area || !input) return null;
    const bins = binsOf(input, area);
    const bin = Math.floor((x - bins.left) / bins.width);
    return bin >= 0 && bin < bins.count ? bin : null;
  };
  return Object.assign(drawing, { binAt });
}

/** The axis of counts. */
export function countAxis({ area, line, isLog }: HistogramInput): Axis {
  const most = Math.max(1, ...area, ...line);
  if (isLog) return logCountAxis(most, yTicks);
  return linearAxis(0, most, { count: yTicks, zero: true, integers: true });
}

/** Where the bins are, in CSS pixels. */
interface Bins {
  readonly left: number;
  readonly width: number;
  readonly count: number;
}

function binsOf({ lo, hi, axis, area: counts }: HistogramInput, area: ChartArea): Bins {
  const { from, to } = axis ?? { from: lo, to: hi };
  const scale = area.width / (to - from);
  const count = counts.length;
  return { left: area.left + (lo - from) * scale, width: ((hi - lo) * scale) / count, count };
}

function drawPair(surface: Surface, input: HistogramInput, theme: ChartTheme): ChartArea {
  const { context } = surface;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  const axis = countAxis(input);
  const area = areaOf(surface, axis, theme);
  const y = valuePlace(axis, area, input.isLog);
  drawValueAxis(context, { area, axis, theme, y });
  const { from, to } = input.axis ?? { from: input.lo, to: input.hi };
  drawPlaceAxis(context, { area, input: { from, to, integers: false }, theme });
  const bins = binsOf(input, area);
  context.fillStyle = schemeStyle(theme, 0).color;
  traceSteps(context, { area, bins, y, counts: input.area });
  context.fill();
  // A rim in the colour of the page sets the line off from the area in every theme; over narrow bins it would hide them.
  const { color: ofLine } = schemeStyle(theme, 1);
  const isNarrow = bins.width < narrowBin;
  const rim = [theme.background, 2 * lineWidth + 1] as const;
  const line = [ofLine, isNarrow ? 1 : lineWidth] as const;
  for (const [color, width] of isNarrow ? [line] : [rim, line]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    traceSteps(context, { area, bins, y, counts: input.line });
    context.stroke();
  }
  return area;
}

interface Steps {
  readonly area: ChartArea;
  readonly bins: Bins;
  readonly counts: readonly number[];
  y(count: number): number;
}

/** The outline of bars that touch each other, from the base line to the base line. */
function traceSteps(context: CanvasRenderingContext2D, { area, bins, counts, y }: Steps): void {
  const edge = (i: number) => bins.left + i * bins.width;
  context.beginPath();
  context.moveTo(edge(0), area.bottom);
  counts.forEach((count, i) => {
    if (count > 0) {
      context.lineTo(edge(i), y(count));
      context.lineTo(edge(i + 1), y(count));
      return;
    }
    // Along empty bins there is no line, lest the base line look like counts.
    if (counts[i - 1]) context.lineTo(edge(i), area.bottom);
    context.moveTo(edge(i + 1), area.bottom);
  });
  if (counts.at(-1)) context.lineTo(edge(counts.length), area.bottom);
}
