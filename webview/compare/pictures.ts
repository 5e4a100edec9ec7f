import * as l10n from '@vscode/l10n';
import type { ComparisonDetail } from '../../src/compare/comparison';
import { createHeatMap } from '../charts/heatMap';
import { createHistogramPlot, type HistogramInput } from '../charts/histogramPlot';
import { createHistogramTable } from '../charts/histogramTable';
import { extentOf } from '../charts/mapCells';
import type { TextTooltip } from '../charts/textTooltip';
import { columnCount } from '../counts';
import { h } from '../dom';
import { formatCount, formatFigure } from '../format';
import { type Block, still } from '../views/storedCharts';
import { createErrorTable } from './detailTables';
import { cellText, describeErrors, type ErrorMap, errorMapOf, reducedMap } from './errorMap';

/** Histograms of both weights over the same bins. */
type HistogramPair = NonNullable<ComparisonDetail['histograms']>;

/** How pictures are shown. */
export interface PictureLook {
  readonly asTable: boolean;
  readonly tooltip: TextTooltip;
}

/** Histograms and heat map of a pair, or the same as tables. */
export function makePictures(
  { heat, histograms }: ComparisonDetail,
  shape: readonly number[],
  look: PictureLook,
): Block[] {
  const map = errorMapOf(heat, shape);
  return [
    titled(l10n.t('Values'), l10n.t('count by bin, log'), makeHistograms(histograms, look)),
    titled(l10n.t('Error by place'), l10n.t('mean |error|'), makeErrors(map, look)),
  ];
}

function titled(title: string, unit: string, block: Block): Block {
  const head = h('h4', {}, title, ' ', h('span', { class: 'chart-unit' }, unit));
  return {
    element: h('div', { class: 'stored-group' }, head, block.element),
    painters: block.painters,
  };
}

function makeHistograms(pair: HistogramPair | null, { asTable, tooltip }: PictureLook): Block {
  if (!pair) return still(h('p', { class: 'note' }, l10n.t('No range that can be cut into bins')));
  const { lo, hi, counts } = pair.a;
  const input: HistogramInput = { lo, hi, area: counts, line: pair.b.counts, isLog: true };
  if (asTable)
    return still(
      createHistogramTable(input, {
        caption: l10n.t('Values of both weights by bin'),
        heads: [l10n.t('From'), l10n.t('To'), l10n.t('First'), l10n.t('Second')],
      }),
    );
  const plot = createHistogramPlot();
  tooltip.follow(plot.canvas, x => {
    const bin = plot.binAt(x);
    return bin === null ? null : binText(pair, bin);
  });
  const label = l10n.t(
    'Histograms of both weights over {0} bins from {1} to {2}',
    formatCount(counts.length),
    formatFigure(lo),
    formatFigure(hi),
  );
  const legend = h(
    'div',
    { class: 'histogram-legend', 'aria-hidden': 'true' },
    h('span', { class: 'key-area' }),
    l10n.t('First'),
    h('span', { class: 'key-line' }),
    l10n.t('Second'),
  );
  return {
    element: h('div', {}, legend, plot.canvas),
    painters: [theme => plot.draw(input, theme, label)],
  };
}

function binText({ a, b }: HistogramPair, bin: number): string {
  const edge = (i: number) => formatFigure(a.lo + ((a.hi - a.lo) * i) / a.counts.length);
  return l10n.t(
    '{0} … {1}: first {2}, second {3}',
    edge(bin),
    edge(bin + 1),
    formatCount(a.counts[bin] ?? 0),
    formatCount(b.counts[bin] ?? 0),
  );
}

function makeErrors(map: ErrorMap, { asTable, tooltip }: PictureLook): Block {
  const picture = reducedMap(map);
  if (!extentOf(picture))
    return still(h('p', { class: 'note' }, l10n.t('No pair of values is finite')));
  if (asTable) return still(createErrorTable(map));
  const heat = createHeatMap(columnCount);
  const { canvas } = heat;
  const { rows, cols } = map.heat;
  tooltip.follow(canvas, (x, y) => {
    const col = Math.floor((x / canvas.clientWidth) * cols);
    const row = Math.floor((y / canvas.clientHeight) * rows);
    return col < cols && row < rows ? cellText(map, row * cols + col) : null;
  });
  const label = describeErrors(map);
  return { element: heat.element, painters: [theme => heat.draw(picture, theme, label)] };
}
