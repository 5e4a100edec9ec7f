import { type ChartArea, type CoreChartOptions, DatasetController, type Scale } from 'chart.js';
import type { SignPlace } from '../../src/base/signs';
import { slotOf } from '../../src/base/slots';
import type { Band } from '../../src/protocol/editor';
import { pixelOf } from './marks';
import { drawSigns } from './signs';
import type { KindStyle } from './theme';

/** One kind of tensor in a chart: the figures of every mark, NaN where the mark has none of the kind. */
export interface KindSeries {
  readonly band: Band;
  readonly median?: Float64Array | undefined;
  /** From the band's figures to the axis's. */
  readonly factor: number;
  readonly style: KindStyle;
}

declare module 'chart.js' {
  interface ChartTypeRegistry {
    kindMarks: {
      chartOptions: CoreChartOptions<'kindMarks'>;
      datasetOptions: KindSeries;
      defaultDataPoint: number;
      // biome-ignore lint/complexity/noBannedTypes: chart.js asks for a type of no extensions
      metaExtensions: {};
      parsedDataType: { x: number; y: number };
      scales: 'linear' | 'logarithmic';
    };
  }
}

/** Radius of a sign in CSS pixels, by how much room a mark has. */
const [smallest, largest] = [1.8, 3.6];

/**
 * Draws the tensors of one kind: a sign each, a line from the lowest to the highest where they differ, and a fainter line that
 * leads from one to the next, so that a kind can be followed through the layers.
 */
export class KindMarks extends DatasetController<'kindMarks'> {
  static readonly id = 'kindMarks';
  static readonly defaults = { datasetElementType: false, dataElementType: 'bar' };

  override draw(): void {
    const { ctx, chartArea: area, scales } = this.chart;
    if (!scales.y) return;
    const points = placePoints(this.getDataset() as unknown as KindSeries, area, scales.y);
    const { style } = this.getDataset() as unknown as KindSeries;
    ctx.save();
    ctx.fillStyle = style.color;
    ctx.strokeStyle = style.color;
    ctx.lineWidth = 1;
    drawRanges(ctx, points);
    drawPath(ctx, points);
    ctx.lineWidth = 1.5;
    drawSigns(ctx, style.sign, points);
    ctx.restore();
  }
}

/** A mark in pixels. */
interface Point extends SignPlace {
  readonly top: number;
  readonly bottom: number;
}

function placePoints({ band, median, factor }: KindSeries, area: ChartArea, y: Scale): Point[] {
  const count = band.low.length;
  const points: Point[] = [];
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(band.low[i]!)) continue;
    const slot = slotOf(area, count, i);
    const [top, bottom] = [band.high[i]!, band.low[i]!].map(figure =>
      pixelOf({ area, y }, figure * factor),
    );
    const known = median && !Number.isNaN(median[i]!);
    points.push({
      x: slot.left + slot.width / 2,
      top: top!,
      bottom: bottom!,
      y: known ? pixelOf({ area, y }, median[i]! * factor) : (top! + bottom!) / 2,
      r: Math.max(smallest, Math.min(largest, slot.width * 0.45)),
    });
  }
  return points;
}

/** Faint, so that signs and paths stay to be seen where many stand side by side. */
function drawRanges(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  context.globalAlpha = 0.35;
  context.beginPath();
  for (const { x, top, bottom } of points) {
    if (bottom - top <= 2) continue;
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function drawPath(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  context.globalAlpha = 0.45;
  context.beginPath();
  for (const { x, y } of points) context.lineTo(x, y);
  context.stroke();
  context.globalAlpha = 1;
}
