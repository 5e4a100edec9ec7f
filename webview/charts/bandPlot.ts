import type { ChartArea } from 'chart.js';
import { type Axis, linearAxis, logAxis } from '../../src/base/ticks';
import type { Surface } from './canvas';
import { createDrawing, type Drawing } from './drawing';
import { areaOf, drawPlaceAxis, drawValueAxis, valuePlace } from './plot';
import { type ChartTheme, schemeStyle } from './theme';

const yTicks = 3;
/** Values that differ more than this many times are told apart on a logarithmic axis only. */
const wideFactor = 100;

/** Lowest, median and highest of marks, each of which stands for some rows. */
export interface BandInput {
  /** Mark i stands for the rows [start[i], start[i + 1]); one longer than the marks, of which there is one at least. */
  readonly start: ArrayLike<number>;
  /** NaN where there is none. */
  readonly low: ArrayLike<number>;
  readonly median: ArrayLike<number>;
  readonly high: ArrayLike<number>;
}

/** A band from the lowest to the highest with the median as a line. */
export interface BandPlot extends Drawing<BandInput> {
  /** The middle of a mark, in CSS pixels from the left. */
  xOf(mark: number): number;
  /** The mark at a place; null beside the plot. */
  markAt(x: number): number | null;
}

/** Makes an empty chart. */
export function createBandPlot(): BandPlot {
  const drawing = createDrawing({ class: 'stored-plot band-plot' }, drawBand);
  const xOf = (mark: number) => {
    const { area, input } = drawing;
    if (!area || !input) return 0;
    const x = placeOf(input.start, area);
    return (x(input.start[mark]!) + x(input.start[mark + 1]!)) / 2;
  };
  const markAt = (x: number) => {
    const { area, input } = drawing;
    if (!area || !input || x < area.left || x >= area.right || input.start.length < 2) return null;
    const [from, to] = [input.start[0]!, input.start[input.start.length - 1]!];
    return markOf(input.start, from + ((x - area.left) / area.width) * (to - from));
  };
  return Object.assign(drawing, { xOf, markAt });
}

/** Where a row begins, in CSS pixels from the left. */
function placeOf(start: ArrayLike<number>, area: ChartArea): (row: number) => number {
  const [from, to] = [start[0]!, start[start.length - 1]!];
  return row => area.left + ((row - from) / (to - from)) * area.width;
}

/** The mark that a row belongs to; the nearest one for rows beyond them. */
export function markOf(start: ArrayLike<number>, row: number): number {
  let [low, high] = [0, start.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** The axis of a band: logarithmic where its values are positive and lie far apart. */
export function bandAxis({ low, high }: Pick<BandInput, 'low' | 'high'>): {
  readonly axis: Axis;
  readonly isLog: boolean;
} {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < low.length; i++) {
    if (!Number.isFinite(low[i]!) || !Number.isFinite(high[i]!)) continue;
    least = Math.min(least, low[i]!);
    most = Math.max(most, high[i]!);
  }
  if (least > most) return { axis: { min: 0, max: 1, ticks: [] }, isLog: false };
  const isLog = least > 0 && most / least > wideFactor;
  if (isLog) return { axis: logAxis(least, most, yTicks), isLog };
  return { axis: linearAxis(least, most, { count: yTicks, zero: false }), isLog };
}

function drawBand(surface: Surface, input: BandInput, theme: ChartTheme): ChartArea {
  const { context } = surface;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  const { axis, isLog } = bandAxis(input);
  const area = areaOf(surface, axis, theme);
  const y = valuePlace(axis, area, isLog);
  const x = placeOf(input.start, area);
  const [from, to] = [input.start[0]!, input.start[input.start.length - 1]!];
  drawValueAxis(context, { area, axis, theme, y });
  drawPlaceAxis(context, { area, input: { from, to, integers: true }, theme });
  const { color } = schemeStyle(theme, 0);
  context.fillStyle = color;
  context.globalAlpha = 0.35;
  for (let i = 0; i < input.low.length; i++) {
    const [top, bottom] = [y(input.high[i]!), y(input.low[i]!)];
    if (!Number.isFinite(top) || !Number.isFinite(bottom)) continue;
    const [left, right] = [x(input.start[i]!), x(input.start[i + 1]!)];
    context.fillRect(left, top, right - left, Math.max(1, bottom - top));
  }
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  traceMedian(context, { input, x, y });
  return area;
}

interface Trace {
  readonly input: BandInput;
  x(row: number): number;
  y(value: number): number;
}

/** Steps: each median holds for all rows of its mark. */
function traceMedian(context: CanvasRenderingContext2D, { input, x, y }: Trace): void {
  context.beginPath();
  let pen = false;
  for (let i = 0; i < input.median.length; i++) {
    const at = y(input.median[i]!);
    const isKnown = Number.isFinite(at);
    if (isKnown) {
      if (pen) context.lineTo(x(input.start[i]!), at);
      else context.moveTo(x(input.start[i]!), at);
      context.lineTo(x(input.start[i + 1]!), at);
    }
    pen = isKnown;
  }
  context.stroke();
}
