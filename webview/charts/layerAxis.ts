import type { Chart } from 'chart.js';
import { type LabelCandidate, labelCandidates, placeLabels } from '../../src/base/axisLabels';
import { slotOf } from '../../src/base/slots';
import type { ChartTheme } from './theme';

const candidates = new WeakMap<readonly string[], readonly LabelCandidate[]>();

/** Names are the same for all charts of one series; look for blocks in them once. */
function candidatesOf(names: readonly string[]): readonly LabelCandidate[] {
  const known = candidates.get(names);
  if (known) return known;
  const found = labelCandidates(names);
  candidates.set(names, found);
  return found;
}

/** Widths of texts in one font: they are asked for again and again, and measuring is slow. */
let measured = { font: '', widths: new Map<string, number>() };
const mostMeasured = 5000;

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  if (measured.font !== context.font || measured.widths.size > mostMeasured)
    measured = { font: context.font, widths: new Map() };
  const known = measured.widths.get(text) ?? context.measureText(text).width;
  measured.widths.set(text, known);
  return known;
}

/**
 * Draws the base line and, where they fit, the names of layers below it. Labels begin at their mark: chart.js
 * centres and turns them, which leaves room for none when names are long.
 */
export function drawLayerAxis(
  chart: Pick<Chart, 'ctx' | 'chartArea'>,
  names: readonly string[],
  theme: ChartTheme,
): void {
  const { ctx, chartArea: area } = chart;
  ctx.save();
  ctx.font = `${theme.fontSize}px ${theme.fontFamily}`;
  ctx.textBaseline = 'top';
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  const x = (index: number) => Math.round(slotOf(area, names.length, index).left);
  const labels = placeLabels(candidatesOf(names), {
    x: index => x(index) + 4,
    width: text => widthOf(ctx, text),
    right: area.right,
    gap: theme.fontSize * 1.2,
  });
  ctx.beginPath();
  ctx.moveTo(area.left, area.bottom + 0.5);
  ctx.lineTo(area.right, area.bottom + 0.5);
  for (const { index } of labels) {
    ctx.moveTo(x(index) + 0.5, area.bottom + 0.5);
    ctx.lineTo(x(index) + 0.5, area.bottom + 0.5 + theme.fontSize);
  }
  ctx.stroke();
  ctx.fillStyle = theme.muted;
  for (const label of labels) ctx.fillText(label.text, label.x, area.bottom + 4);
  ctx.restore();
}
