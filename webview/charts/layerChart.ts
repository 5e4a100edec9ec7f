import * as l10n from '@vscode/l10n';
import { Chart, type ChartOptions, type Plugin } from 'chart.js';
import { minBarSlot } from '../../src/base/slots';
import type { TensorKind } from '../../src/base/tensorKind';
import { type Axis, extent, formatTick, linearAxis, logAxis } from '../../src/base/ticks';
import type { Band, Series } from '../../src/protocol/editor';
import { layerCount, markCount } from '../counts';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { createMenu } from '../export/menu';
import { type LegendEntry, pictureRatio, pngOf } from '../export/picture';
import type { KindSeries } from './kindMarks';
import { kindName } from './kinds';
import { drawLayerAxis } from './layerAxis';
import type { MarkSeries } from './marks';
import {
  type ChartedModel,
  countZeros,
  type Described,
  describeChart,
  type Marks,
  type Metric,
  unitText,
} from './metrics';
import { createOverlay, type Overlay, type OverlayEvents } from './overlay';
import { type ChartTheme, kindStyle, schemeStyle } from './theme';
import { isMerged } from './zoom';

/** What a chart draws. */
export interface ChartInput<S extends Marks = Series> {
  readonly doc: ChartedModel;
  readonly series: S;
  readonly theme: ChartTheme;
  /** By scheme: not shown. */
  readonly hidden: readonly boolean[];
  /** Whether the axis is logarithmic; absent: as the metric is by itself. */
  readonly log?: boolean;
  /** Set where colours tell kinds apart, under this one scheme. */
  readonly byKind?: { readonly scheme: string; readonly hidden: readonly TensorKind[] } | null;
}

/** One of the linked charts. */
export interface LayerChart<S extends Marks = Series> {
  readonly element: HTMLElement;
  readonly overlay: Overlay;
  draw(input: ChartInput<S>): void;
  /** What is drawn, as a PNG file; null while there is nothing. */
  picture(): Promise<Uint8Array> | null;
  /** Width of the plot in CSS pixels; 0 before the first layout. */
  plotWidth(): number;
  destroy(): void;
}

type MarkChart = Chart<'layerMarks' | 'kindMarks', number[], string>;

/** What happens in a chart. */
export interface LayerChartEvents extends OverlayEvents {
  /** The axis is to be logarithmic, or linear. */
  onLog?(log: boolean): void;
  /** The chart is to be saved; absent where it cannot be. */
  onExport?(format: 'png' | 'svg'): void;
}

/** Makes the chart of one figure. */
export function createLayerChart<S extends Marks = Series>(
  metric: Metric<S>,
  events: LayerChartEvents,
): LayerChart<S> {
  const note = h('span', { class: 'chart-note' });
  const unit = h('span', { class: 'chart-unit' });
  const message = h('div', { class: 'chart-message' });
  const canvas = h('canvas', { role: 'img', 'aria-label': metric.title });
  const overlay = createOverlay(metric.title, events);
  const box = h('div', { class: 'plot' }, overlay.below, canvas, overlay.above, message);
  const title = h('h2', { title: metric.help }, metric.title);
  const log = button({
    label: l10n.t('log'),
    kind: 'link',
    title: l10n.t('{0}: log axis', metric.title),
    onClick: () => events.onLog?.(log.getAttribute('aria-pressed') !== 'true'),
  });
  log.classList.add('axis-switch');
  setAttribute(log, 'aria-label', log.title);
  show(log, metric.canSwitch && events.onLog !== undefined);
  // What the dashes are that no scheme's chip explains.
  const theory = h('span', { class: 'theory-key', title: metric.help }, l10n.t('Gaussian'));
  show(theory, false);
  const menu = events.onExport && createChartMenu(metric.title, events.onExport);
  const head = h('div', { class: 'chart-head' }, title, unit, theory, note, log, menu);
  const element = h('div', { class: 'chart', 'data-chart': metric.id }, head, box);
  let chart: MarkChart | undefined;
  let input: ChartInput<S> | undefined;

  const plugin: Plugin<'layerMarks' | 'kindMarks'> = {
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
      const drawn = { ...metric, log: next.log ?? metric.log };
      setText(unit, unitText(drawn, next.doc));
      show(theory, metric.theory !== undefined && !next.byKind);
      setAttribute(log, 'aria-pressed', String(drawn.log));
      chart ??= new Chart<'layerMarks' | 'kindMarks', number[], string>(canvas, {
        type: 'layerMarks',
        data: { labels: [], datasets: [] },
        options: { animation: false, maintainAspectRatio: false, events: [] },
        plugins: [plugin],
      });
      configure(chart, drawn, next);
      chart.update('none');
      describe({ canvas, note, message, metric: drawn }, next);
    },
    picture: () => (chart && input ? pictureOf(chart, metric, input) : null),
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

/** The menu at the end of a chart's head. */
function createChartMenu(title: string, onExport: (format: 'png' | 'svg') => void): HTMLElement {
  const name = l10n.t('{0}: save the chart', title);
  const menu = createMenu(name, [icon('ellipsis')]);
  menu.element.classList.add('chart-menu');
  setAttribute(menu.label, 'aria-label', name);
  menu.label.title = name;
  menu.update([
    { label: l10n.t('Save as PNG…'), onPick: () => onExport('png') },
    { label: l10n.t('Save as SVG…'), onPick: () => onExport('svg') },
  ]);
  return menu.element;
}

/** Draws the chart once more, at the ratio of pictures, in the size it has. */
function pictureOf<S extends Marks>(
  shown: MarkChart,
  metric: Metric<S>,
  input: ChartInput<S>,
): Promise<Uint8Array> {
  const drawn = { ...metric, log: input.log ?? metric.log };
  const { doc, series, theme, byKind } = input;
  const canvas = h('canvas', { width: shown.width, height: shown.height });
  const axis: Plugin<'layerMarks' | 'kindMarks'> = {
    id: 'layers',
    afterDraw: drawn => drawLayerAxis(drawn, series.name, theme),
  };
  const chart: MarkChart = new Chart<'layerMarks' | 'kindMarks', number[], string>(canvas, {
    type: 'layerMarks',
    data: { labels: [], datasets: [] },
    options: { animation: false, responsive: false, devicePixelRatio: pictureRatio, events: [] },
    plugins: [axis],
  });
  configure(chart, drawn, input, pictureRatio);
  chart.update('none');
  const under = byKind && metric.perScheme ? ` · ${byKind.scheme}` : '';
  const png = pngOf({
    ...{ title: metric.title, unit: unitText(drawn, doc) + under, theme, plot: canvas },
    legend: legendOf(drawn, input),
  });
  chart.destroy();
  return png;
}

function legendOf<S extends Marks>(metric: Metric<S>, input: ChartInput<S>): LegendEntry[] {
  const { doc, theme, hidden, byKind } = input;
  if (byKind)
    return shownKinds(metric, input).map(({ kind }) => ({
      name: kindName(kind),
      style: kindStyle(theme, kind),
    }));
  if (!metric.perScheme) return [];
  return doc.schemes.flatMap((name, i) =>
    hidden[i] ? [] : [{ name, style: schemeStyle(theme, i) }],
  );
}

interface DescribedParts<S extends Marks> {
  readonly canvas: HTMLCanvasElement;
  readonly note: HTMLElement;
  readonly message: HTMLElement;
  readonly metric: Metric<S>;
}

/** What is drawn, with its names. */
function linesOf<S extends Marks>(
  metric: Metric<S>,
  { doc, series, hidden, byKind }: ChartInput<S>,
): Described[] {
  if (byKind)
    return shownKinds(metric, { series, byKind }).map(({ kind, band }) => ({
      name: kindName(kind),
      band,
    }));
  return metric
    .bands(series)
    .map((band, i) => ({ name: metric.perScheme ? (doc.schemes[i] ?? '') : '', band }))
    .filter((_, i) => !metric.perScheme || !hidden[i]);
}

function shownKinds<S extends Marks>(
  metric: Metric<S>,
  { series, byKind }: Pick<ChartInput<S>, 'series' | 'byKind'>,
) {
  const kinds = metric.kindBands?.(series) ?? [];
  return kinds.filter(({ kind }) => !byKind?.hidden.includes(kind));
}

function describe<S extends Marks>(
  { canvas, note, message, metric }: DescribedParts<S>,
  input: ChartInput<S>,
) {
  const { doc, series, byKind } = input;
  const lines = linesOf(metric, input);
  const bands = lines.map(({ band }) => band);
  const label = describeChart(metric, series, { doc, lines });
  const of = byKind && metric.perScheme ? `${label} ${byKind.scheme}` : label;
  if (canvas.getAttribute('aria-label') !== of) canvas.setAttribute('aria-label', of);
  const zeros = metric.log ? countZeros(bands) : 0;
  const counted = (isMerged(series) ? markCount : layerCount)(zeros);
  const zeroText = zeros ? l10n.t('0 or less on a log axis: {0}', counted) : '';
  if (note.title !== zeroText) note.replaceChildren(...(zeros ? [`▾ 0: ${counted}`] : []));
  note.title = zeroText;
  const empty = bands.length === 0 || !extent(bands, false);
  show(message, empty);
  if (empty) setText(message, bands.length === 0 ? hiddenText(input) : emptyText(doc));
}

function hiddenText<S extends Marks>({ byKind, series }: ChartInput<S>): string {
  if (series.name.length === 0) return l10n.t('No layers');
  return byKind ? l10n.t('All kinds are hidden') : l10n.t('All schemes are hidden');
}

function emptyText(doc: ChartedModel): string {
  if (doc.analysis.state === 'running') return l10n.t('Waiting for the first figures');
  return doc.analysis.state === 'done' ? l10n.t('No figures') : l10n.t('Not analysed yet');
}

/** Sets data and axes; chart.js then lays out and draws once. */
function configure<S extends Marks>(
  chart: MarkChart,
  metric: Metric<S>,
  input: ChartInput<S>,
  ratio?: number,
): void {
  const { series, theme } = input;
  const { width, height } = plotSize(chart);
  const bars = width / Math.max(1, series.name.length) >= minBarSlot;
  const kinds = input.byKind ? makeKindSeries(metric, input) : null;
  const schemes = kinds ? [] : makeSeries(metric, input, !metric.log && bars);
  const fromZero = schemes[0]?.fromZero ?? false;
  const bands = [
    ...[...(kinds ?? []), ...schemes].map(({ band }) => band),
    ...schemes.flatMap(({ theory }) => theory?.band ?? []),
  ];
  const ticks = Math.max(3, Math.floor(height / (theme.fontSize * 2)) + 1);
  chart.data.datasets = [
    ...(kinds ?? []).map(s => ({ type: 'kindMarks' as const, ...s, data: [] })),
    ...schemes.map(s => ({ type: 'layerMarks' as const, ...s, data: [] })),
  ];
  const options = makeOptions(metric, theme, makeAxis(metric, bands, { ticks, fromZero }));
  // A picture has a size of its own, whatever its surroundings and the screen.
  if (ratio !== undefined) Object.assign(options, { responsive: false, devicePixelRatio: ratio });
  chart.options = options;
}

function makeKindSeries<S extends Marks>(metric: Metric<S>, input: ChartInput<S>): KindSeries[] {
  return shownKinds(metric, input).map(({ kind, band }) => ({
    band,
    median: band.median,
    factor: metric.factor,
    style: kindStyle(input.theme, kind),
  }));
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
  const theory = metric.theory?.(series);
  const bands = metric.bands(series).map((band, scheme) => ({ band, scheme }));
  const shown = bands.filter(({ scheme }) => !metric.perScheme || !hidden[scheme]);
  return shown.map(({ band, scheme }, place) => ({
    band,
    factor: metric.factor,
    style: metric.perScheme ? schemeStyle(theme, scheme) : theme.neutral,
    place,
    places: shown.length,
    fromZero,
    merged: isMerged(series),
    waiting: doc.analysis.state === 'done' ? null : theme.grid,
    median: band.median,
    theory: theory?.[scheme] && { band: theory[scheme], color: theme.text },
    background: theme.background,
  }));
}

function makeAxis<S extends Marks>(
  metric: Metric<S>,
  bands: readonly Band[],
  { ticks: count, fromZero }: { readonly ticks: number; readonly fromZero: boolean },
): Axis {
  const found = extent(bands, metric.log);
  if (!found) return { min: metric.log ? 0.1 : 0, max: 1, ticks: [] };
  const [low, high] = [found[0] * metric.factor, found[1] * metric.factor];
  if (metric.log) return logAxis(low, high, count);
  const zero = metric.id !== 'sqnr' || fromZero;
  return linearAxis(low, high, { count, zero, integers: metric.integers });
}

function makeOptions(
  metric: Pick<Metric, 'log'>,
  theme: ChartTheme,
  axis: Axis,
): ChartOptions<'layerMarks' | 'kindMarks'> {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    layout: { padding: { top: 6, right: 2, bottom: Math.round(theme.fontSize * 1.6), left: 0 } },
    scales: {
      // Slots are placed by `slotOf`; a category scale would measure every name.
      x: { type: 'linear', display: false, min: 0, max: 1 },
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
