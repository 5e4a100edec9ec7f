import type { ChartArea } from 'chart.js';
import { slotOf } from '../../src/base/slots';
import { type Axis, formatTick, linearAxis, logAxis } from '../../src/base/ticks';
import type { Surface } from './canvas';
import { createDrawing, type Drawing } from './drawing';
import { slotAt } from './marks';
import type { ChartTheme } from './theme';

const yTicks = 3;
const xTicks = 5;
/** Bars narrower than this, in pixels, touch each other. */
const gapFrom = 4;
/** Where a logarithmic axis of counts begins. */
const lowestCount = 0.5;

/** One row of numbers over a linear axis. */
export interface PlotInput {
  readonly kind: 'bars' | 'line';
  /** At most some hundred: each has an equal stretch of the axis. */
  readonly values: readonly (number | null)[];
  /** The ends of the horizontal axis. */
  readonly from: number;
  readonly to: number;
  /** Only whole numbers are on the horizontal axis. */
  readonly integers: boolean;
  /** Bars of counts on a logarithmic axis. */
  readonly isLog?: boolean;
}

/** A small chart of bars or a line. */
export interface Plot extends Drawing<PlotInput> {
  /** Which value is at a place in CSS pixels from the left; null beside the plot. */
  indexAt(x: number): number | null;
}

/** Makes an empty chart. */
export function createPlot(): Plot {
  const drawing = createDrawing({ class: 'stored-plot' }, drawPlot);
  const indexAt = (x: number) => {
    const { area, input } = drawing;
    return area && input ? slotAt(area, input.values.length, x) : null;
  };
  return Object.assign(drawing, { indexAt });
}

function drawPlot(surface: Surface, input: PlotInput, theme: ChartTheme): ChartArea {
  const { context } = surface;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  context.lineWidth = 1;
  const axis = valueAxis(input);
  const area = areaOf(surface, axis, theme);
  const y = valuePlace(axis, area, input.isLog);
  drawValueAxis(context, { area, axis, theme, y });
  drawPlaceAxis(context, { area, input, theme });
  context.fillStyle = theme.neutral.color;
  context.strokeStyle = theme.neutral.color;
  if (input.kind === 'bars') drawBars(context, { area, input, y });
  else drawLine(context, { area, input, y });
  return area;
}

/** Where a value is on a vertical axis, in CSS pixels from the top; what a logarithmic one has no place for is at its foot. */
export function valuePlace(axis: Axis, area: ChartArea, isLog = false): (value: number) => number {
  const { min, max } = axis;
  if (!isLog) return value => area.bottom - ((value - min) / (max - min)) * area.height;
  const height = Math.log(max / min);
  return value => area.bottom - (Math.log(Math.max(value, min) / min) / height) * area.height;
}

/** An axis of counts that begins below 1: a count of one still has a height, and 0 is at the foot. */
export function logCountAxis(most: number, ticks: number): Axis {
  return { ...logAxis(1, Math.max(1, most), ticks), min: lowestCount };
}

function valueAxis({ kind, values, isLog }: PlotInput): Axis {
  const known = values.filter(value => value !== null);
  if (known.length === 0) return { min: 0, max: 1, ticks: [] };
  if (isLog) return logCountAxis(Math.max(...known), yTicks);
  const bars = kind === 'bars';
  const options = { count: yTicks, zero: bars, integers: bars };
  return linearAxis(Math.min(...known), Math.max(...known), options);
}

/** The plot without its axes. */
export function areaOf(
  { context, width, height }: Surface,
  axis: Axis,
  theme: ChartTheme,
): ChartArea {
  const widths = axis.ticks.map(tick => context.measureText(formatTick(tick)).width);
  const left = Math.ceil(Math.max(theme.fontSize * 2.4, ...widths)) + 6;
  const top = Math.ceil(theme.fontSize / 2);
  const right = width - 2;
  const bottom = height - Math.round(theme.fontSize * 1.5);
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

interface ValueAxisParts {
  readonly area: ChartArea;
  readonly axis: Axis;
  readonly theme: ChartTheme;
  y(value: number): number;
}

/** Ticks with their lines. */
export function drawValueAxis(
  context: CanvasRenderingContext2D,
  { area, axis, theme, y }: ValueAxisParts,
): void {
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = theme.muted;
  for (const tick of axis.ticks) {
    const at = Math.round(y(tick));
    context.fillText(formatTick(tick), area.left - 6, at);
    context.save();
    context.fillStyle = theme.grid;
    context.fillRect(area.left, at, area.width, 1);
    context.restore();
  }
}

interface PlaceAxisParts {
  readonly area: ChartArea;
  readonly input: Pick<PlotInput, 'from' | 'to' | 'integers'>;
  readonly theme: ChartTheme;
}

/** Round numbers between the ends, each where its text fits whole. */
export function drawPlaceAxis(
  context: CanvasRenderingContext2D,
  { area, input, theme }: PlaceAxisParts,
): void {
  const { from, to, integers } = input;
  const { ticks } = linearAxis(from, to, { count: xTicks, zero: false, integers });
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.fillStyle = theme.muted;
  let free = 0;
  for (const tick of ticks) {
    const x = area.left + ((tick - from) / (to - from)) * area.width;
    const half = context.measureText(formatTick(tick)).width / 2;
    if (x < area.left || x - half < free || x + half > area.right) continue;
    context.fillText(formatTick(tick), x, area.bottom + theme.fontSize * 1.5);
    free = x + half + theme.fontSize;
  }
}

interface MarkParts {
  readonly area: ChartArea;
  readonly input: PlotInput;
  y(value: number): number;
}

function drawBars(context: CanvasRenderingContext2D, { area, input, y }: MarkParts): void {
  const { values } = input;
  values.forEach((value, i) => {
    if (!value) return;
    const { left, width } = slotOf(area, values.length, i);
    const top = Math.min(y(value), area.bottom - 1); // a few among many are still seen
    context.fillRect(left, top, width >= gapFrom ? width - 1 : width, area.bottom - top);
  });
}

function drawLine(context: CanvasRenderingContext2D, { area, input, y }: MarkParts): void {
  const { values } = input;
  context.beginPath();
  let pen = false;
  values.forEach((value, i) => {
    if (value !== null) {
      const { left, width } = slotOf(area, values.length, i);
      // Steps: each mean holds for its whole stretch.
      if (pen) context.lineTo(left, y(value));
      else context.moveTo(left, y(value));
      context.lineTo(left + width, y(value));
    }
    pen = value !== null;
  });
  context.stroke();
}
