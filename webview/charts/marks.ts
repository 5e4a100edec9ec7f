import {
  type Chart,
  type ChartArea,
  type CoreChartOptions,
  DatasetController,
  type Scale,
} from 'chart.js';
import { addPoint, pointRadius } from '../../src/base/signs';
import { barOf, lineOf, minBarSlot, slotOf } from '../../src/base/slots';
import type { Band } from '../../src/protocol/editor';
import type { SeriesStyle } from './theme';

/** Narrower slots have no stubs of their own, in CSS pixels. */
const minStubSlot = 4;
const minRangeHeight = 4;

/** One series of a chart: low and high of every mark, and how they are drawn. */
export interface MarkSeries {
  readonly band: Band;
  /** From the band's figures to the axis's. */
  readonly factor: number;
  readonly style: SeriesStyle;
  /** Place among the series that stand side by side, and their number. */
  readonly place: number;
  readonly places: number;
  /** Bars start at 0; else only the range from low to high is drawn. */
  readonly fromZero: boolean;
  /** Marks stand for several tensors: narrow ones join to an area from lowest to highest. */
  readonly merged: boolean;
  /** Draws a faint stub where there is no figure yet. */
  readonly waiting: string | null;
  /** The middle of each mark, drawn across it; NaN where there is none. */
  readonly median?: Float64Array | undefined;
  /** A figure to compare with, drawn as a dash in a colour of no scheme. */
  readonly theory?: { readonly band: Band; readonly color: string } | undefined;
  /** What stands off from a filled bar. */
  readonly background: string;
}

declare module 'chart.js' {
  interface ChartTypeRegistry {
    layerMarks: {
      chartOptions: CoreChartOptions<'layerMarks'>;
      datasetOptions: MarkSeries;
      defaultDataPoint: number;
      // biome-ignore lint/complexity/noBannedTypes: chart.js asks for a type of no extensions
      metaExtensions: {};
      parsedDataType: { x: number; y: number };
      scales: 'linear' | 'logarithmic';
    };
  }
}

/** The slot under pixel `x`, or null beside the plot. */
export function slotAt(area: ChartArea, count: number, x: number): number | null {
  if (count === 0 || x < area.left || x >= area.right) return null;
  const index = Math.floor(((x - area.left) / (area.right - area.left)) * count);
  return Math.min(count - 1, index);
}

/**
 * Draws one mark a layer: a bar, a low-high range, or a point where slots are too narrow for bars. chart.js's own
 * bars cannot be hatched in step with the pixel ratio, nor be centred on their value on a log axis.
 */
export class LayerMarks extends DatasetController<'layerMarks'> {
  static readonly id = 'layerMarks';
  static readonly defaults = { datasetElementType: false, dataElementType: 'bar' };

  override draw(): void {
    const { chart } = this;
    const { ctx, chartArea: area } = chart;
    const series = this.getDataset() as unknown as MarkSeries;
    const y = chart.scales.y;
    if (!y) return;
    ctx.save();
    const brush = makeBrush(chart as Chart, series.style);
    const marks = placeMarks(series, area, y);
    const joined = series.merged && (marks[0]?.slot.width ?? minBarSlot) < minBarSlot;
    if (joined) for (const run of runsOf(marks)) drawArea(brush, run);
    for (const mark of marks) if (!joined && !Number.isNaN(mark.low)) drawMark(brush, mark);
    drawWaiting(ctx, marks);
    for (const mark of marks) drawTheory(ctx, mark);
    ctx.restore();
  }
}

interface Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly style: SeriesStyle;
  /** Null where the fill has none. */
  readonly pattern: CanvasPattern | null;
}

/** A mark's figures, in the axis's unit, and where they go. */
interface Mark {
  readonly area: ChartArea;
  readonly y: Scale;
  readonly series: MarkSeries;
  readonly slot: { readonly left: number; readonly width: number };
  readonly low: number;
  readonly high: number;
  /** NaN where there is none. */
  readonly median: number;
  readonly index: number;
}

function placeMarks(series: MarkSeries, area: ChartArea, y: Scale): Mark[] {
  const { band, factor } = series;
  return Array.from(band.low, (low, i) => ({
    area,
    y,
    series,
    slot: slotOf(area, band.low.length, i),
    low: low * factor,
    high: band.high[i]! * factor,
    median: (series.median?.[i] ?? Number.NaN) * factor,
    index: i,
  }));
}

/** Neighbouring marks that have figures. */
function runsOf(marks: readonly Mark[]): Mark[][] {
  const runs: Mark[][] = [];
  marks.forEach((mark, i) => {
    if (Number.isNaN(mark.low)) return;
    const before = marks[i - 1];
    if (before && !Number.isNaN(before.low)) runs.at(-1)!.push(mark);
    else runs.push([mark]);
  });
  return runs;
}

/** A stepped area from the lowest to the highest of each mark, with both edges drawn. */
function drawArea({ ctx, style, pattern }: Brush, run: readonly Mark[]): void {
  const edge = (height: (mark: Mark) => number) =>
    run.flatMap(({ slot }, i) => {
      const y = height(run[i]!);
      return [
        [slot.left, y],
        [slot.left + slot.width, y],
      ] as const;
    });
  const top = edge(mark => pixelOf(mark, mark.high) - 0.75);
  const bottom = edge(mark => pixelOf(mark, mark.low) + 0.75);
  ctx.beginPath();
  for (const [x, y] of [...top, ...bottom.toReversed()]) ctx.lineTo(x, y);
  ctx.closePath();
  ctx.globalAlpha = pattern ? 0.8 : 0.4;
  ctx.fillStyle = pattern ?? style.color;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 1;
  for (const line of [top, bottom]) {
    ctx.beginPath();
    for (const [x, y] of line) ctx.lineTo(x, y);
    ctx.stroke();
  }
}

/** Where a figure is; 0 and less is at the bottom of a log axis. */
export function pixelOf({ y, area }: Pick<Mark, 'y' | 'area'>, value: number): number {
  return y.type === 'logarithmic' && value <= 0 ? area.bottom : y.getPixelForValue(value);
}

function drawMark(brush: Brush, place: Mark): void {
  const { area, y, series, slot, low, high } = place;
  const log = y.type === 'logarithmic';
  const centre = slot.left + slot.width / 2;
  const wide = slot.width >= minBarSlot;
  const { left, width } = wide ? barOf(slot, series) : lineOf(slot);
  if (log && high <= 0) {
    drawZero(brush, wide ? left + width / 2 : centre, area.bottom);
    return;
  }
  const top = pixelOf(place, high);
  const bottom = pixelOf(place, low);
  if (!wide && low === high) {
    drawPoint(brush, centre, top, slot.width);
    return;
  }
  if (wide && series.fromZero && low === high) {
    drawBar(brush, left, width, top, y.getPixelForValue(0));
    return;
  }
  const missing = Math.max(0, minRangeHeight - (bottom - top)) / 2;
  const isPointed = !wide && !Number.isNaN(place.median);
  brush.ctx.globalAlpha = isPointed ? 0.35 : 1; // many side by side: the medians stay to be seen
  drawRect(brush, left, top - missing, width, bottom - top + 2 * missing);
  brush.ctx.globalAlpha = 1;
  if (isPointed) drawPoint(brush, centre, pixelOf(place, place.median), slot.width);
  else if (bottom - top > minRangeHeight) drawMedian(brush, place, { left, width });
}

/** A line across the range, which a filled bar lets show through. */
function drawMedian(
  { ctx, style }: Brush,
  place: Mark,
  { left, width }: { readonly left: number; readonly width: number },
): void {
  if (Number.isNaN(place.median)) return;
  ctx.fillStyle = style.fill === 'solid' ? place.series.background : style.color;
  ctx.fillRect(left, Math.round(pixelOf(place, place.median)) - 1, width, 2);
}

/** A dash as wide as the bar or the slot. */
function drawTheory(ctx: CanvasRenderingContext2D, place: Mark): void {
  const { series, slot, index, y } = place;
  const value = series.theory?.band.high[index] ?? Number.NaN;
  if (Number.isNaN(value) || (y.type === 'logarithmic' && value <= 0)) return;
  const bar =
    slot.width >= minBarSlot ? barOf(slot, series) : { left: slot.left, width: slot.width };
  const width = Math.max(3, bar.width);
  const height = slot.width >= minBarSlot ? 2 : 1; // thicker ones side by side would hide the marks
  ctx.fillStyle = series.theory!.color;
  ctx.fillRect(
    bar.left - (width - bar.width) / 2,
    Math.round(pixelOf(place, value)),
    width,
    height,
  );
}

/** A value of 0 still leaves a line to be seen. */
function drawBar(brush: Brush, left: number, width: number, top: number, zero: number): void {
  const [from, to] = top < zero ? [top, zero] : [zero, top];
  if (to - from < 2) drawRect(brush, left, zero - 1, width, 2);
  else drawRect(brush, left, Math.round(from), width, Math.round(to) - Math.round(from));
}

function drawRect(
  { ctx, style, pattern }: Brush,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  ctx.fillStyle = style.color;
  if (style.fill === 'solid' || w < 3 || h < 3) {
    ctx.fillRect(x, y, w, h);
    return;
  }
  if (pattern && w > 3 && h > 4) {
    ctx.fillStyle = pattern;
    ctx.fillRect(x, y, w, h);
  }
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
}

/** A filled circle; the others are hollow. */
function drawPoint({ ctx, style }: Brush, x: number, y: number, slot: number): void {
  ctx.beginPath();
  addPoint(ctx, style.point, { x, y, r: pointRadius(slot) });
  ctx.fillStyle = style.color;
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 1;
  if (style.point === 'circle') ctx.fill();
  else ctx.stroke();
}

/** Zero on a log axis: a small arrow that points below the plot. */
function drawZero({ ctx, style }: Brush, x: number, bottom: number): void {
  ctx.beginPath();
  ctx.moveTo(x - 3, bottom - 6);
  ctx.lineTo(x + 3, bottom - 6);
  ctx.lineTo(x, bottom - 1);
  ctx.closePath();
  ctx.fillStyle = style.color;
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 1;
  if (style.fill === 'solid') ctx.fill();
  else ctx.stroke();
}

/** Stubs, or lines where they would touch: drawn one over the other they would be as dark as a mark. */
function drawWaiting(ctx: CanvasRenderingContext2D, marks: readonly Mark[]): void {
  const [first] = marks;
  if (!first?.series.waiting || first.series.place > 0) return;
  const { area, series } = first;
  const gap = first.slot.width < minStubSlot ? 0 : first.slot.width / 4;
  ctx.fillStyle = series.waiting!;
  for (let i = 0; i < marks.length; i++) {
    const from = i;
    if (!Number.isNaN(marks[i]!.low)) continue;
    while (gap === 0 && Number.isNaN(marks[i + 1]?.low ?? 0)) i++;
    const [start, end] = [marks[from]!.slot, marks[i]!.slot];
    const left = start.left + gap;
    ctx.fillRect(left, area.bottom - 3, end.left + end.width - gap - left, 2);
  }
}

function makeBrush(chart: Chart, style: SeriesStyle): Brush {
  const { ctx } = chart;
  return { ctx, style, pattern: makePattern(ctx, style, chart.currentDevicePixelRatio) };
}

/** The lines of a fill, 4 CSS pixels apart and drawn at the screen's own resolution; null for a fill without. */
function makePattern(ctx: CanvasRenderingContext2D, style: SeriesStyle, ratio: number) {
  if (style.fill !== 'hatched' && style.fill !== 'striped') return null;
  const size = Math.max(4, Math.round(4 * ratio));
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const brush = tile.getContext('2d')!;
  brush.strokeStyle = style.color;
  brush.lineWidth = 1.2 * ratio;
  brush.beginPath();
  if (style.fill === 'striped') {
    brush.moveTo(0, size / 2);
    brush.lineTo(size, size / 2);
  } else
    for (const shift of [-size, 0, size]) {
      brush.moveTo(shift - 1, size + 1);
      brush.lineTo(shift + size + 1, -1);
    }
  brush.stroke();
  const pattern = ctx.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

/** The sign of a scheme in legends and table heads: a small bar as the charts draw it. */
export function drawSwatch(
  canvas: HTMLCanvasElement,
  style: SeriesStyle,
  ratio = window.devicePixelRatio || 1,
): void {
  const [width, height] = [14, 10];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const ctx = canvas.getContext('2d')!;
  ctx.scale(ratio, ratio);
  drawRect({ ctx, style, pattern: makePattern(ctx, style, ratio) }, 0, 0, width, height);
}
