import * as l10n from '@vscode/l10n';
import type { ChannelSeries } from '../../src/protocol/layer';
import { type BandPlot, createBandPlot } from '../charts/bandPlot';
import { createPlotCursor, type PlotCursor } from '../charts/plotCursor';
import { table } from '../charts/storedTables';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { button, h, setText, show } from '../dom';
import { formatBand, formatCount, formatFigure } from '../format';
import { rowsText } from '../places';
import { createChoice, createFrame, createTableBox, type Section } from './frame';
import { createPictureButton } from './pictureButton';
import type { LayerState } from './state';
import type { LayerStore } from './store';

const zoomFactor = 2;
/** A mark of a band is this wide at least, in CSS pixels. */
const markWidth = 2;

/** One figure of the rows. */
interface Figure {
  readonly id: 'scale' | 'zeroPoint' | 'absMax' | LayerState['channelError'];
  readonly title: string;
  readonly unit: string;
}

/** A chart of one figure. */
interface Chart {
  readonly figure: Figure;
  readonly plot: BandPlot;
  readonly cursor: PlotCursor;
  readonly element: HTMLElement;
}

/** What the section needs beside the data. */
export interface ChannelParts {
  readonly tooltip: TextTooltip;
  /** Shows the values of a row. */
  onRow(row: number): void;
}

/** Scale, zero point, largest weight and error of each output channel. */
export function createChannelsSection(store: LayerStore, parts: ChannelParts): Section {
  const frame = createFrame(store, {
    id: 'channels',
    title: l10n.t('Output channels'),
    help: l10n.t('Figures of each row: lowest, median and highest where a mark stands for several'),
    picture: 'channels',
  });
  const error = createChoice(
    l10n.t('Error of a row'),
    [
      {
        value: 'sqnrDb',
        text: l10n.t('SQNR'),
        title: l10n.t('Signal to quantization noise ratio of each row, in dB'),
      },
      { value: 'mse', text: l10n.t('MSE'), title: l10n.t('Mean squared error of each row') },
    ],
    channelError => store.choose({ channelError }),
  );
  const zoom = createZoom(store);
  frame.tools.append(error.element, zoom.element);
  const charts = makeCharts(store, parts, zoom.by);
  const grid = h('div', { class: 'channel-grid' }, ...charts.map(chart => chart.element));
  const rows = createTableBox();
  const note = h('p', { class: 'note' });
  frame.body.append(grid, rows.element, note);

  return {
    element: frame.element,
    update() {
      const { channels, chosen, base } = store;
      const { value } = channels;
      const hasChannels = base.value?.hasChannels ?? false;
      frame.follow(channels, value !== null);
      error.update(chosen.channelError);
      zoom.update();
      for (const { figure, element } of charts) {
        const isOtherError = figure.id === otherError(chosen.channelError);
        show(element, value !== null && !isOtherError && hasAny(figure, value));
      }
      show(grid, value !== null && !frame.isTable);
      rows.update(value && frame.isTable ? [value] : null, () => tableOf(value!));
      const isMissing = !hasChannels || (channels.status === 'ready' && value === null);
      if (isMissing) setText(note, l10n.t('There are no figures of each row.'));
      else setText(note, value && isExact(chosen.channelError, value) ? exactText() : '');
      frame.setUnit(value ? rowsText(value.from, value.to) : '');
    },
    paint(theme: ChartTheme) {
      const { value } = store.channels;
      const width = frame.body.clientWidth;
      if (width > 0) store.setMarks(width / markWidth);
      if (!value || grid.hidden) return;
      for (const { figure, plot, cursor, element } of charts) {
        const spread = value[figure.id];
        if (!spread || element.hidden) continue;
        plot.draw({ start: value.start, ...spread }, theme, describe(figure, value));
        cursor.layout(plot.area, value.start.length - 1);
      }
    },
  };
}

function figures(): Figure[] {
  return [
    { id: 'scale', title: l10n.t('Scale'), unit: l10n.t('weight per code') },
    { id: 'zeroPoint', title: l10n.t('Zero point'), unit: l10n.t('code') },
    { id: 'absMax', title: l10n.t('Largest |weight|'), unit: l10n.t('weight') },
    { id: 'sqnrDb', title: l10n.t('SQNR'), unit: 'dB' },
    { id: 'mse', title: l10n.t('MSE'), unit: l10n.t('weight²') },
  ];
}

/** The one of the two errors that is not shown. */
function otherError(shown: LayerState['channelError']): LayerState['channelError'] {
  return shown === 'mse' ? 'sqnrDb' : 'mse';
}

function hasAny(figure: Figure, series: ChannelSeries): boolean {
  return series[figure.id]?.high.some(Number.isFinite) ?? false;
}

/** Where no weight of any row changes there is no ratio to draw. */
function isExact(error: LayerState['channelError'], { sqnrDb }: ChannelSeries): boolean {
  return error === 'sqnrDb' && !sqnrDb.high.some(Number.isFinite);
}

function exactText(): string {
  return l10n.t('No weight of these rows changes: there is no SQNR to draw.');
}

function makeCharts(
  store: LayerStore,
  { tooltip, onRow }: ChannelParts,
  zoomBy: (factor: number, at: number | null) => void,
): Chart[] {
  return figures().map(figure => {
    const plot = createBandPlot();
    const cursor = createPlotCursor({
      label: l10n.t('{0} by row: Enter shows its values, + and - zoom', figure.title),
      tooltip,
      xOf: plot.xOf,
      markAt: plot.markAt,
      textOf: mark => (store.channels.value ? markText(figure, store.channels.value, mark) : ''),
      onPick(mark) {
        const row = store.channels.value?.start[mark];
        if (row !== undefined) onRow(row);
      },
      onBrush(first, last) {
        const start = store.channels.value?.start;
        if (start) store.zoomRows({ from: start[first]!, to: start[last + 1]! });
      },
      onKey(event, mark) {
        const at = mark === null ? null : (store.channels.value?.start[mark] ?? null);
        if (event.key === '+' || event.key === '=') zoomBy(1 / zoomFactor, at);
        else if (event.key === '-') zoomBy(zoomFactor, at);
        else if (event.key === 'Escape' && store.chosen.rows) store.zoomRows(null);
        else return;
        event.preventDefault();
        event.stopPropagation();
      },
    });
    const unit = h('span', { class: 'chart-unit' }, figure.unit);
    const save = createPictureButton(store, {
      name: figure.id,
      title: figure.title,
      picture: ratio => ({ unit: figure.unit, plot: plot.copy(ratio) }),
    });
    const head = h('div', { class: 'channel-head' }, h('h4', {}, figure.title), unit, save);
    const box = h('div', { class: 'layer-plot' }, plot.canvas, cursor.element);
    return { figure, plot, cursor, element: h('div', { class: 'channel-chart' }, head, box) };
  });
}

/** What a mark says: its rows and its figures. */
function markText(figure: Figure, series: ChannelSeries, mark: number): string {
  const spread = series[figure.id];
  if (!spread) return '';
  const rows = rowsText(series.start[mark]!, series.start[mark + 1]!);
  const [low, median, high] = [spread.low[mark], spread.median[mark], spread.high[mark]];
  const band = formatBand(low, high, formatFigure);
  return low === high
    ? `${rows}: ${figure.title} ${band} ${figure.unit}`
    : l10n.t(
        '{0}: {1} {2} {3}, median {4}',
        rows,
        figure.title,
        band,
        figure.unit,
        formatFigure(median),
      );
}

function describe(figure: Figure, series: ChannelSeries): string {
  const { low, high } = series[figure.id]!;
  let [least, most, at] = [Infinity, -Infinity, 0];
  for (let i = 0; i < low.length; i++) {
    if (high[i]! > most) [most, at] = [high[i]!, i];
    if (low[i]! < least) least = low[i]!;
  }
  return l10n.t(
    '{0} of {1}, from {2} to {3} {4}; the highest is at {5}',
    figure.title,
    rowsText(series.from, series.to),
    formatFigure(Number.isFinite(least) ? least : null),
    formatFigure(Number.isFinite(most) ? most : null),
    figure.unit,
    rowsText(series.start[at]!, series.start[at + 1]!),
  );
}

function tableOf(series: ChannelSeries): HTMLElement {
  const shown = figures().filter(figure => series[figure.id] !== null);
  const lines = Array.from({ length: series.start.length - 1 }, (_, mark) => [
    rowsText(series.start[mark]!, series.start[mark + 1]!),
    ...shown.map(figure => {
      const { low, median, high } = series[figure.id]!;
      return bandCell(low[mark]!, median[mark]!, high[mark]!);
    }),
  ]);
  const heads = shown.map(({ title, unit }) => `${title}, ${unit}`);
  return table(l10n.t('Figures by row'), [l10n.t('Rows'), ...heads], lines);
}

/** Four digits, and all of them on demand. */
function bandCell(low: number, median: number, high: number): HTMLElement {
  if (Number.isNaN(low)) return h('span', {}, formatBand(low, high, formatFigure));
  const text = (print: typeof formatFigure) => {
    const band = formatBand(low, high, print);
    return low === high ? band : l10n.t('{0}, median {1}', band, print(median));
  };
  return h('span', { title: text(String) }, text(formatFigure));
}

/** Rows [from, to) after zooming by a factor around a row; null where all of them are in sight. */
export function zoomed(
  range: { readonly from: number; readonly to: number },
  {
    factor,
    at,
    rows,
  }: { readonly factor: number; readonly at: number | null; readonly rows: number },
): { readonly from: number; readonly to: number } | null {
  const size = Math.max(1, Math.round((range.to - range.from) * factor));
  if (size >= rows) return null;
  const middle = at ?? (range.from + range.to) / 2;
  const share = (middle - range.from) / (range.to - range.from);
  const from = Math.min(rows - size, Math.max(0, Math.round(middle - share * size)));
  return { from, to: from + size };
}

function createZoom(store: LayerStore) {
  const reset = button({
    label: l10n.t('Show all rows'),
    icon: 'screen-normal',
    kind: 'icon',
    onClick: () => store.zoomRows(null),
  });
  const zoomIn = button({
    label: l10n.t('Zoom in on the rows'),
    icon: 'zoom-in',
    kind: 'icon',
    onClick: () => by(1 / zoomFactor, null),
  });
  const zoomOut = button({
    label: l10n.t('Zoom out of the rows'),
    icon: 'zoom-out',
    kind: 'icon',
    onClick: () => by(zoomFactor, null),
  });

  function by(factor: number, at: number | null): void {
    const rows = store.base.value?.matrix.rows ?? 1;
    const range = store.chosen.rows ?? { from: 0, to: rows };
    store.zoomRows(zoomed(range, { factor, at, rows }));
  }

  return {
    element: h('div', { class: 'layer-choice' }, zoomIn, zoomOut, reset),
    by,
    update(): void {
      const rows = store.base.value?.matrix.rows ?? 1;
      const { rows: range } = store.chosen;
      zoomIn.disabled = (range ? range.to - range.from : rows) <= 1;
      zoomOut.disabled = range === null;
      reset.disabled = range === null;
      reset.title = l10n.t('Show all {0} rows', formatCount(rows));
    },
  };
}
