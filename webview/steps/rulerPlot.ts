import type { ChartArea } from 'chart.js';
import { formatTick, linearAxis } from '../../src/base/ticks';
import type { Ruler } from '../../src/explain/ruler';
import type { Range } from '../../src/quant/arithmetic';
import { clearedSurface } from '../charts/canvas';
import { type ChartTheme, schemeStyle } from '../charts/theme';

/** Marks nearer to each other, in CSS pixels, are a grey bar that says nothing. */
const leastGap = 3;
const margin = 10;
/** Numbers of the axis are this far apart at least, in CSS pixels. */
const leastTick = 90;
/** Below the line, in CSS pixels, the zero point has its sign. */
const foot = 12;
const usedHeight = 14;
const unusedHeight = 7;

/** The ends of the axis that all rulers share: what they reach, what is measured, and 0. */
export function axisOf(rulers: readonly Ruler[], range: Range): Range {
  const ends = rulers.flatMap(({ marks }) => [marks[0] ?? 0, marks[marks.length - 1] ?? 0]);
  const lo = Math.min(0, range.lo, ...ends);
  const hi = Math.max(0, range.hi, ...ends);
  return lo < hi ? { lo, hi } : { lo: lo - 1, hi: hi + 1 };
}

/** Every how manieth mark is drawn, so that they stay apart: a power of two. */
export function thinning(marks: number, width: number): number {
  let every = 1;
  while (every < marks && (width * every) / Math.max(1, marks - 1) < leastGap) every *= 2;
  return every;
}

/** How many codes no value of the range takes. */
export function wastedCodes({ codes, first, last }: Ruler): number {
  return codes.length - (last - first + 1);
}

/** A place on the axis. */
export function placeOn(area: ChartArea, axis: Range): (value: number) => number {
  return value => area.left + ((value - axis.lo) / (axis.hi - axis.lo)) * area.width;
}

/** What a ruler is drawn with. */
export interface RulerDrawing {
  readonly ruler: Ruler;
  readonly range: Range;
  readonly axis: Range;
}

/** Draws one ruler; returns where its line is, null while the canvas has no size. */
export function drawRuler(
  canvas: HTMLCanvasElement,
  { ruler, range, axis }: RulerDrawing,
  theme: ChartTheme,
): ChartArea | null {
  const surface = clearedSurface(canvas);
  if (!surface) return null;
  const { context, width, height } = surface;
  const area = areaIn(width, height);
  const x = placeOn(area, axis);
  drawData(context, { area, theme, from: x(range.lo), to: x(range.hi) });
  drawWasted(context, { area, ruler, theme, x });
  drawMarks(context, { area, ruler, theme, x });
  drawZero(context, { area, theme, at: x(0) });
  return area;
}

/** Draws the axis that stands below all rulers: round numbers, each where its text fits whole. */
export function drawAxis(canvas: HTMLCanvasElement, axis: Range, theme: ChartTheme): void {
  const surface = clearedSurface(canvas);
  if (!surface) return;
  const { context, width, height } = surface;
  const area = areaIn(width, height);
  const x = placeOn(area, axis);
  const count = Math.max(2, Math.floor(width / leastTick));
  const { ticks } = linearAxis(axis.lo, axis.hi, { count, zero: false });
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  context.fillStyle = theme.muted;
  context.textBaseline = 'top';
  let free = -Infinity;
  for (const tick of ticks) {
    if (tick < axis.lo || tick > axis.hi) continue;
    const text = formatTick(tick);
    const size = context.measureText(text).width;
    // At the ends a number leans inwards.
    const left = Math.min(Math.max(x(tick) - size / 2, 0), width - size);
    if (left < free) continue;
    context.fillRect(Math.round(x(tick)), 0, 1, 4);
    context.fillText(text, left, 6);
    free = left + size + theme.fontSize;
  }
}

function areaIn(width: number, height: number): ChartArea {
  const right = Math.max(margin + 1, width - margin);
  const bottom = height - foot;
  return { left: margin, right, top: 0, bottom, width: right - margin, height: bottom };
}

interface Parts {
  readonly area: ChartArea;
  readonly theme: ChartTheme;
}

/** The stretch of the axis that the values take. */
function drawData(
  context: CanvasRenderingContext2D,
  { area, theme, from, to }: Parts & { readonly from: number; readonly to: number },
): void {
  const width = Math.max(1, to - from);
  context.fillStyle = schemeStyle(theme, 0).color;
  context.globalAlpha = 0.25;
  context.fillRect(from, area.top, width, area.height);
  context.globalAlpha = 1;
  context.fillRect(from, area.top, width, 2);
}

interface MarkParts extends Parts {
  readonly ruler: Ruler;
  x(value: number): number;
}

/** Stripes over the codes that no value takes. */
function drawWasted(context: CanvasRenderingContext2D, { area, ruler, theme, x }: MarkParts): void {
  const { marks, first, last } = ruler;
  for (const [from, to] of [
    [x(marks[0]!), x(marks[first]!)],
    [x(marks[last]!), x(marks[marks.length - 1]!)],
  ] as const)
    if (to - from >= 1) drawStripes(context, { area, theme, from, to });
}

function drawStripes(
  context: CanvasRenderingContext2D,
  { area, theme, from, to }: Parts & { readonly from: number; readonly to: number },
): void {
  context.save();
  context.beginPath();
  context.rect(from, area.top, to - from, area.height);
  context.clip();
  context.strokeStyle = theme.muted;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = from - area.height; at < to; at += 5) {
    context.moveTo(at, area.bottom);
    context.lineTo(at + area.height, area.top);
  }
  context.stroke();
  context.restore();
}

/** A line with a mark for each code: long ones for those that are used. */
function drawMarks(context: CanvasRenderingContext2D, { area, ruler, theme, x }: MarkParts): void {
  const { marks, first, last } = ruler;
  const from = x(marks[0]!);
  const to = x(marks[marks.length - 1]!);
  const every = thinning(marks.length, to - from);
  context.fillStyle = theme.text;
  context.fillRect(from, area.bottom, Math.max(1, to - from), 1);
  let free = -Infinity;
  marks.forEach((mark, i) => {
    const isEnd = i === first || i === last;
    const at = x(mark);
    if (!isEnd && (i % every !== 0 || at < free)) return;
    const isUsed = i >= first && i <= last;
    context.fillStyle = isUsed ? theme.text : theme.muted;
    const height = isUsed ? usedHeight : unusedHeight;
    context.fillRect(Math.round(at), area.bottom - height, 1, height);
    free = at + 2;
  });
}

/** A triangle below the line: here is 0. */
function drawZero(
  context: CanvasRenderingContext2D,
  { area, theme, at }: Parts & { readonly at: number },
): void {
  context.fillStyle = theme.text;
  context.beginPath();
  context.moveTo(at, area.bottom + 2);
  context.lineTo(at - 5, area.bottom + foot - 2);
  context.lineTo(at + 5, area.bottom + foot - 2);
  context.fill();
}
