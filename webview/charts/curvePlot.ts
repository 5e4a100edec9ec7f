import type { ChartArea } from 'chart.js';
import { type Axis, linearAxis, logAxis } from '../../src/base/ticks';
import type { Surface } from './canvas';
import { createDrawing, type Drawing } from './drawing';
import { areaOf, drawPlaceAxis, drawValueAxis, valuePlace } from './plot';
import { type ChartTheme, schemeStyle } from './theme';

const yTicks = 4;
const lineWidth = 1.5;
const dotRadius = 4;
/** More points than pixels show nothing more. */
const mostPoints = 1000;

/** Losses by threshold. */
export interface CurveInput {
  /** Ascending. */
  readonly xs: ArrayLike<number>;
  /** What is not finite has no point. */
  readonly ys: ArrayLike<number>;
  /** Index of the point that is marked, and what stands beside the mark. */
  readonly chosen: number;
  readonly chosenLabel: string;
}

/** A line of points with one of them marked. */
export interface CurvePlot extends Drawing<CurveInput> {
  /** Where point `index` is, in CSS pixels from the left. */
  xOf(index: number): number;
  /** The point nearest to a place; null beside the plot. */
  indexAt(x: number): number | null;
}

/** Makes an empty chart. */
export function createCurvePlot(): CurvePlot {
  const drawing = createDrawing({ class: 'stored-plot' }, drawCurve);
  const xOf = (index: number) => {
    const { area, input } = drawing;
    return area && input ? placeOf(input.xs, area)(input.xs[index]!) : 0;
  };
  const indexAt = (x: number) => {
    const { area, input } = drawing;
    if (!area || !input || x < area.left || x > area.right || input.xs.length === 0) return null;
    const { from, to } = endsOf(input.xs);
    return nearestIndex(input.xs, from + ((x - area.left) / area.width) * (to - from));
  };
  return Object.assign(drawing, { xOf, indexAt });
}

/** Where a threshold is, in CSS pixels from the left. */
function placeOf(xs: ArrayLike<number>, area: ChartArea): (x: number) => number {
  const { from, to } = endsOf(xs);
  return x => area.left + ((x - from) / (to - from)) * area.width;
}

function endsOf(xs: ArrayLike<number>): { readonly from: number; readonly to: number } {
  const [from, to] = [xs[0] ?? 0, xs[xs.length - 1] ?? 1];
  return from < to ? { from, to } : { from: from - 0.5, to: to + 0.5 };
}

/** Index of the value nearest to x in an ascending list; of two equally near the lower. */
export function nearestIndex(xs: ArrayLike<number>, x: number): number {
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  return x - xs[low]! <= xs[high]! - x ? low : high;
}

/**
 * Which points of a long curve are drawn: of each stretch the lowest and the highest, so that no valley and no peak
 * is lost, and those in `keep`. Ascending.
 */
export function thinCurve(ys: ArrayLike<number>, most: number, keep: readonly number[]): number[] {
  if (ys.length <= most) return Array.from({ length: ys.length }, (_, i) => i);
  const stretches = Math.max(1, Math.floor((most - keep.length) / 2));
  const chosen = new Set(keep);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * ys.length) / stretches);
    const to = Math.floor(((s + 1) * ys.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (ys[i]! < ys[low]!) low = i;
      if (ys[i]! > ys[high]!) high = i;
    }
    chosen.add(low).add(high);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The axis of losses: logarithmic where all that are drawn are above 0. */
export function lossAxis(ys: ArrayLike<number>): { readonly axis: Axis; readonly isLog: boolean } {
  let [low, high, least] = [Infinity, -Infinity, Infinity];
  for (let i = 0; i < ys.length; i++) {
    const y = ys[i]!;
    if (!Number.isFinite(y)) continue;
    low = Math.min(low, y);
    high = Math.max(high, y);
    if (y > 0) least = Math.min(least, y);
  }
  if (low > high) return { axis: { min: 0, max: 1, ticks: [] }, isLog: false };
  if (low < 0 || least === Infinity)
    return { axis: linearAxis(low, high, { count: yTicks, zero: false }), isLog: false };
  return { axis: logAxis(least, high, yTicks), isLog: true };
}

function drawCurve(surface: Surface, input: CurveInput, theme: ChartTheme): ChartArea {
  const { context } = surface;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  const { axis, isLog } = lossAxis(input.ys);
  const area = areaOf(surface, axis, theme);
  const y = valuePlace(axis, area, isLog);
  const { from, to } = endsOf(input.xs);
  const x = placeOf(input.xs, area);
  drawValueAxis(context, { area, axis, theme, y });
  drawPlaceAxis(context, { area, input: { from, to, integers: false }, theme });
  context.strokeStyle = schemeStyle(theme, 0).color;
  context.lineWidth = lineWidth;
  context.beginPath();
  let pen = false;
  for (const i of thinCurve(input.ys, mostPoints, [input.chosen])) {
    const loss = input.ys[i]!;
    if (!Number.isFinite(loss)) {
      pen = false;
      continue;
    }
    if (pen) context.lineTo(x(input.xs[i]!), y(loss));
    else context.moveTo(x(input.xs[i]!), y(loss));
    pen = true;
  }
  context.stroke();
  const [cx, cy] = [input.xs[input.chosen], input.ys[input.chosen]];
  if (cx !== undefined && cy !== undefined && Number.isFinite(cy))
    drawChosen(context, { x: x(cx), y: y(cy), text: input.chosenLabel, area, theme });
  return area;
}

interface Chosen {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly area: ChartArea;
  readonly theme: ChartTheme;
}

/** A dot in a ring of the page's colour, and its text where there is room. */
function drawChosen(context: CanvasRenderingContext2D, { x, y, text, area, theme }: Chosen): void {
  context.beginPath();
  context.arc(x, y, dotRadius, 0, 2 * Math.PI);
  context.fillStyle = theme.text;
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
  const width = context.measureText(text).width;
  const toRight = x + dotRadius + 4 + width <= area.right;
  const below = y < area.top + 2 * theme.fontSize;
  context.textAlign = toRight ? 'left' : 'right';
  context.textBaseline = below ? 'top' : 'bottom';
  const at = [
    x + (toRight ? dotRadius + 4 : -dotRadius - 4),
    y + (below ? dotRadius : -dotRadius),
  ] as const;
  context.lineWidth = 3;
  context.strokeText(text, ...at);
  context.fillText(text, ...at);
}
