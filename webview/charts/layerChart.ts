import { Chart, type ChartOptions, type Plugin } from 'chart.js';
import type { Series } from '../../src/protocol/editor';
import { h, setText, show } from '../dom';
import { formatCountOf } from '../format';
import { drawLayerAxis } from './layerAxis';
import { type MarkSeries, minBarSlot } from './marks';
import {
  type ChartedModel,
  countZeros,
  describeChart,
  extent,
  type Marks,
  type Metric,
} from './metrics';
import { createOverlay, type Overlay, type OverlayEvents } from './overlay';
import { type ChartTheme, schemeStyle } from './theme';
import { type Axis, formatTick, linearAxis, logAxis } from './ticks';

/** What a chart draws. */
export interface ChartInput<S extends Marks = Series> {
  readonly doc: ChartedModel;
  readonly series: S;
  readonly theme: ChartTheme;
  /** By scheme: not shown. */
  readonly hidden: readonly boolean[];
}

/** One of the linked charts. */
export interface LayerChart<S extends Marks = Series> {
  readonly element: HTMLElement;
  readonly overlay: Overlay;
  draw(input: ChartInput<S>): void;
  /** Width of the plot in CSS pixels; 0 before the first layout. */
  plotWidth(): number;
  destroy(): void;
}

type MarkChart = Chart<'layerMarks', number[], string>;

/** Makes the chart of one figure. */
export function createLayerChart<S extends Marks = Series>(
  metric: Metric<S>,
  events: OverlayEvents,
): LayerChart<S> {
  const note = h('span', { class: 'chart-note' });
  const unit = h('span', { class: 'chart-unit' });
  const message = h('div', { class: 'chart-message' });
  const canvas = h('canvas', { role: 'img', 'aria-label': metric.title });
  const overlay = createOverlay(metric.title, events);
  const box = h('div', { class: 'plot' }, overlay.below, canvas, overlay.above, message);
  const title = h('h2', { title: metric.help }, metric.title);
  const head = h('div', { class: 'chart-head' }, title, unit, note);
  const element = h('div', { class: 'chart', 'data-chart': metric.id }, head, box);
  let chart: MarkChart | undefined;
  let input: ChartInput<S> | undefined;

  const plugin: Plugin<'layerMarks'> = {
    id: 'layers',
    afterLayout: ({ chartArea }) => {
      if (input) overlay.layout(chartArea, input.series.name.length);
    },
    afterDraw: drawn => {
      if (input) drawLayerAxis(drawn, input.series.name, input.theme);
    },
  };

  return {
    element,
    overlay,
    draw(next) {
      input = next;
      setText(unit, metric.unit(next.doc));
      chart ??= new Chart<'layerMarks', number[], string>(canvas, {
        type: 'layerMarks',
        data: { labels: [], datasets: [] },
        options: { animation: false, maintainAspectRatio: false, events: [] },
        plugins: [plugin],
      });
      configure(chart, metric, next);
      chart.update('none');
      describe({ canvas, note, message, metric }, next);
    },
    plotWidth() {
      const area = chart?.chartArea;
      return area ? area.right - area.left : box.clientWidth;
    },
    destroy() {
      chart?.destroy();
      chart = undefined;
    },
  };
}

interface Described<S extends Marks> {
  readonly canvas: HTMLCanvasElement;
  readonly note: HTMLElement;
  readonly message: HTMLElement;
  readonly metric: Metric<S>;
}

function describe<S extends Marks>(
  { canvas, note, message, metric }: Described<S>,
  { doc, series, hidden }: ChartInput<S>,
) {
  const label = describeChart(metric, series, doc);
  if (canvas.getAttribute('aria-label') !== label) canvas.setAttribute('aria-label', label);
  const shown = metric.bands(series).filter((_, i) => !metric.perScheme || !hidden[i]);
  const zeros = metric.log ? countZeros(shown) : 0;
  const zeroText = zeros ? `0 on a log axis: ${formatCountOf(zeros, layers(series))}` : '';
  if (note.title !== zeroText) note.replaceChildren(...zeroNote(zeros, layers(series)));
  note.title = zeroText;
  const empty = shown.length === 0 || !extent(shown, false);
  show(message, empty);
  if (empty) setText(message, shown.length === 0 ? 'All schemes are hidden' : emptyText(doc));
}

/** A narrow chart shows the short form; the tooltip has the whole. */
function zeroNote(zeros: number, noun: string): (string | HTMLElement)[] {
  if (zeros === 0) return [];
  return ['▾ 0', h('span', { class: 'long' }, ' on a log axis'), `: ${formatCountOf(zeros, noun)}`];
}

function layers(series: Marks): string {
  return series.name.length === series.count ? 'layer' : 'mark';
}

function emptyText(doc: ChartedModel): string {
  if (doc.analysis.state === 'running') return 'Waiting for the first figures';
  return doc.analysis.state === 'done' ? 'No figures' : 'Not analysed yet';
}

/** Sets data and axes; chart.js then lays out and draws once. */
function configure<S extends Marks>(
  chart: MarkChart,
  metric: Metric<S>,
  input: ChartInput<S>,
): void {
  const { series, theme } = input;
  const { width, height } = plotSize(chart);
  const bars = width / Math.max(1, series.name.length) >= minBarSlot;
  const shown = makeSeries(metric, input, !metric.log && bars);
  const axis = makeAxis(metric, shown, Math.max(3, Math.floor(height / (theme.fontSize * 2)) + 1));
  chart.data.labels = [...series.name];
  chart.data.datasets = shown.map(s => ({ ...s, data: [] }));
  chart.options = makeOptions(metric, theme, axis);
}

/** The plot's size, estimated before the first layout. */
function plotSize(chart: MarkChart): { width: number; height: number } {
  const area = chart.chartArea;
  if (!area) return { width: chart.width, height: chart.height };
  return { width: area.right - area.left, height: area.bottom - area.top };
}

function makeSeries<S extends Marks>(
  metric: Metric<S>,
  input: ChartInput<S>,
  fromZero: boolean,
): MarkSeries[] {
  const { series, theme, doc, hidden } = input;
  const bands = metric.bands(series).map((band, scheme) => ({ band, scheme }));
  const shown = bands.filter(({ scheme }) => !metric.perScheme || !hidden[scheme]);
  return shown.map(({ band, scheme }, place) => ({
    band,
    factor: metric.factor,
    style: metric.perScheme ? schemeStyle(theme, scheme) : theme.neutral,
    place,
    places: shown.length,
    fromZero,
    merged: series.name.length < series.count,
    waiting: doc.analysis.state === 'done' ? null : theme.muted,
  }));
}

function makeAxis(
  metric: Omit<Metric, 'bands'>,
  shown: readonly MarkSeries[],
  count: number,
): Axis {
  const found = extent(
    shown.map(s => s.band),
    metric.log,
  );
  if (!found) return { min: metric.log ? 0.1 : 0, max: 1, ticks: [] };
  const [low, high] = [found[0] * metric.factor, found[1] * metric.factor];
  if (metric.log) return logAxis(low, high, count);
  const zero = metric.id !== 'sqnr' || (shown[0]?.fromZero ?? false);
  return linearAxis(low, high, { count, zero, integers: metric.integers });
}

function makeOptions(
  metric: Omit<Metric, 'bands'>,
  theme: ChartTheme,
  axis: Axis,
): ChartOptions<'layerMarks'> {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    layout: { padding: { top: 6, right: 2, bottom: Math.round(theme.fontSize * 1.6), left: 0 } },
    scales: {
      x: { type: 'category', display: false, offset: true },
      y: {
        type: metric.log ? 'logarithmic' : 'linear',
        min: axis.min,
        max: axis.max,
        border: { display: false },
        grid: { color: theme.grid, tickLength: 0, lineWidth: 1 },
        ticks: {
          color: theme.muted,
          font,
          padding: 6,
          autoSkip: false,
          callback: value => formatTick(Number(value)),
        },
        afterBuildTicks: scale => {
          scale.ticks = axis.ticks.map(value => ({ value }));
        },
        // One width for all charts, so that plots above each other are aligned.
        afterFit: scale => {
          scale.width = Math.round(theme.fontSize * 3.9);
        },
      },
    },
  };
}
