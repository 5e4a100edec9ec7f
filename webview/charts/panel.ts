import * as l10n from '@vscode/l10n';
import type { TensorId } from '../../src/protocol/editor';
import { h, oncePerFrame, show } from '../dom';
import type { Part, Session } from '../session';
import { hostView } from '../state';
import { createChartHead } from './chartHead';
import { createFigureTable } from './figureTable';
import { createLayerChart, type LayerChart, type LayerChartEvents } from './layerChart';
import { formatMark, type Metric, makeMetrics } from './metrics';
import { nextMark } from './nextMark';
import { onThemeChange, readTheme } from './theme';
import { createTooltip } from './tooltip';
import { createWorstList } from './worst';
import { isMerged, type Range, rangeOfMarks, zoomed } from './zoom';

/** Neighbouring marks may share a pixel before they are merged: points still show each tensor. */
const marksPerPixel = 2;

/** How much a key zooms. */
const zoomFactors: Readonly<Record<string, number>> = { '+': 0.5, '=': 0.5, '-': 2, _: 2 };

/** The linked charts, and the same as a table. */
export interface ChartPanel {
  readonly element: HTMLElement;
  /** Charts or table: what more room goes to. */
  readonly body: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  /** Shows the cross-hair at a tensor that is pointed at elsewhere. */
  hover(tensor: TensorId | null): void;
  destroy(): void;
}

/** What the panel tells. */
export interface ChartPanelEvents {
  /** Which tensor is pointed at in a chart. */
  onHover(tensor: TensorId | null): void;
  /** The table was sorted from here: it is to be looked at. */
  onTable(): void;
}

/** Makes the panel. */
export function createChartPanel(
  session: Session,
  { onHover, onTable }: ChartPanelEvents,
): ChartPanel {
  const { state } = session;
  const metrics = makeMetrics();
  let theme = readTheme();
  let selectedMark: number | null = null;
  let tableOf: readonly unknown[] = [];
  const tooltip = createTooltip();
  const head = createChartHead(session);
  const worst = createWorstList(session, onTable);
  const charts = metrics.map(metric => createLayerChart(metric, eventsOf(metric)));
  const grid = h('div', { class: 'charts-grid' }, ...charts.map(c => c.element), worst.element);
  const table = h('div', {
    class: 'charts-table',
    tabindex: 0,
    role: 'region',
    'aria-label': l10n.t('Figures per layer'),
  });
  const body = h('div', { class: 'charts-body' }, grid, table);
  const element = h(
    'section',
    { class: 'charts', 'aria-label': l10n.t('Charts') },
    head.element,
    body,
    tooltip.element,
  );
  const draw = oncePerFrame(drawNow);
  const observer = new ResizeObserver(draw);
  observer.observe(grid);
  const stopTheme = onThemeChange(() => {
    theme = readTheme();
    draw();
  });

  function hiddenFlags(): boolean[] {
    return (state.doc?.schemes ?? []).map(name => state.saved.hiddenSchemes.includes(name));
  }

  function drawNow(): void {
    const { doc, series, saved } = state;
    const hidden = hiddenFlags();
    head.update(theme);
    show(body, !saved.chartsCollapsed);
    show(grid, !saved.chartsAsTable);
    show(table, saved.chartsAsTable);
    if (!doc || saved.chartsCollapsed) return;
    session.setMarks(marksPerPixel * (charts[0]?.plotWidth() || grid.clientWidth));
    if (!series) return;
    if (saved.chartsAsTable) {
      drawTable();
      return;
    }
    const byKind = kindsShown();
    charts.forEach((chart, i) => {
      const log = logOf(metrics[i]!);
      chart.draw({ doc, series, theme, hidden, log, byKind });
    });
    worst.update({ doc, series, theme, hidden });
    markSelection();
  }

  /** Until the figures by kind are there, the charts stay by scheme. */
  function kindsShown() {
    const { colourBy, hiddenKinds } = state.saved.overview;
    if (colourBy !== 'kind' || !state.series?.kinds) return null;
    return { scheme: session.activeScheme() ?? '', hidden: hiddenKinds };
  }

  function logOf({ id, log }: Metric): boolean {
    const axes: Partial<Record<Metric['id'], 'log' | 'linear' | undefined>> =
      state.saved.overview.axes;
    const chosen = axes[id];
    return chosen === undefined ? log : chosen === 'log';
  }

  function drawTable(): void {
    const { doc, series } = state;
    const hidden = hiddenFlags();
    const of = [series, ...hidden];
    if (!doc || !series || of.every((part, i) => part === tableOf[i])) return;
    tableOf = of;
    const { scrollTop, scrollLeft } = table;
    table.replaceChildren(createFigureTable(series, doc, hidden));
    table.scrollTo(scrollLeft, scrollTop);
  }

  function setHover(mark: number | null): void {
    for (const chart of charts) chart.overlay.hover(mark);
  }

  function eventsOf(metric: Metric): LayerChartEvents {
    return {
      onHover(mark, event) {
        const { doc, series } = state;
        setHover(mark);
        onHover(mark === null ? null : (series?.tensor[mark] ?? null));
        if (mark === null || !event || !doc || !series) return tooltip.hide();
        const input = { doc, series, theme, hidden: hiddenFlags(), metric, metrics };
        tooltip.show(input, mark, { x: event.clientX, y: event.clientY });
      },
      onPick: pick,
      onKey,
      onSweep(marks) {
        for (const chart of charts) chart.overlay.sweep(marks);
      },
      onRange(first, last) {
        if (state.series) setZoom(rangeOfMarks(state.series, first, last));
      },
      onDoubleClick: () => setZoom(null),
      onExport: format => exportChart(metric, format),
      onLog(log) {
        const axes = { ...state.saved.overview.axes, [metric.id]: log ? 'log' : 'linear' };
        session.setOverview({ axes });
      },
    };
  }

  /** The chart as it is shown: the page draws pixels, the host lines. */
  function exportChart(metric: Metric, format: 'png' | 'svg'): void {
    const { id } = metric;
    const { saved, doc } = state;
    if (format === 'png') {
      const picture = charts[metrics.indexOf(metric)]!.picture();
      if (picture)
        session.act(async () => session.exportAs({ kind: 'png', name: id, bytes: await picture }));
      return;
    }
    const byKind = kindsShown();
    const { zoom } = saved.overview;
    if (id === 'casts') return; // a chart of another view
    session.exportAs({
      kind: 'svg',
      chart: id,
      view: { ...hostView(saved), grouped: false, collapsed: [] },
      ...(zoom && { range: zoom }),
      hidden: hiddenFlags().flatMap((isHidden, i) => (isHidden ? [i] : [])),
      log: logOf(metric),
      ...(byKind && {
        byKind: { scheme: doc?.schemes.indexOf(byKind.scheme) ?? 0, hidden: byKind.hidden },
      }),
    });
  }

  function onKey(event: KeyboardEvent): void {
    const { series, saved } = state;
    const next = nextMark(event.key, selectedMark, series?.name.length ?? 0);
    const factor = zoomFactors[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the window's own zoom
    if (next !== null) pick(next);
    else if (factor !== undefined) zoomBy(factor);
    else if (event.key === 'Enter' && selectedMark !== null) session.showView('layer');
    else if (event.key === 'Escape' && saved.overview.zoom) {
      setZoom(null);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  /** Around the selected layer, or the middle of what is shown. */
  function zoomBy(factor: number): void {
    const { series } = state;
    if (!series || series.name.length === 0) return;
    const { count, start } = series;
    const shown = { from: start[0]!, to: start.at(-1)! };
    const middle = Math.floor((shown.from + shown.to - 1) / 2);
    const at = selectedMark === null ? middle : start[selectedMark]!;
    setZoom(zoomed(shown, { at, factor, count }));
  }

  function setZoom(zoom: Range | null): void {
    if (JSON.stringify(zoom) !== JSON.stringify(state.saved.overview.zoom))
      session.setOverview({ zoom });
  }

  function pick(mark: number): void {
    const tensor = state.series?.tensor[mark];
    if (tensor === undefined) return;
    setSelected(mark);
    session.select(tensor, 'chart');
  }

  function setSelected(mark: number | null): void {
    selectedMark = mark;
    charts.forEach((chart, i) => {
      chart.overlay.select(mark, mark === null ? '' : describeMark(metrics[i]!, mark));
    });
  }

  function describeMark(metric: Metric, mark: number): string {
    const { doc, series } = state;
    if (!doc || !series) return '';
    const hidden = hiddenFlags();
    const figures = metric.bands(series).flatMap((band, i) => {
      if (!metric.perScheme) return formatMark(metric, band, mark);
      return hidden[i] ? [] : `${doc.schemes[i]} ${formatMark(metric, band, mark)}`;
    });
    return `${series.name[mark]}: ${figures.join(', ')}`;
  }

  /** Finds the mark of the selected tensor; among merged marks only the host knows its place. */
  function markSelection(): void {
    const { series, selected } = state;
    worst.select(selected);
    if (selected === null || !series) {
      setSelected(null);
      return;
    }
    if (selectedMark !== null && series.tensor[selectedMark] === selected) {
      setSelected(selectedMark);
      return;
    }
    if (!isMerged(series)) {
      setSelected(markOf(selected));
      return;
    }
    void session.position(selected).then(position => {
      if (state.selected !== selected || state.series !== series) return;
      const isShown = position !== null && position < series.start.at(-1)!;
      const mark = isShown ? series.start.findLastIndex(start => start <= position) : -1;
      setSelected(mark < 0 ? null : mark);
    });
  }

  function markOf(tensor: TensorId): number | null {
    const mark = state.series?.tensor.indexOf(tensor) ?? -1;
    return mark < 0 ? null : mark;
  }

  return {
    element,
    body,
    update(changed) {
      if (changed.has('selection')) markSelection();
      if (changed.has('doc') || changed.has('series') || changed.has('layout')) draw();
    },
    hover: tensor => setHover(tensor === null ? null : markOf(tensor)),
    destroy() {
      observer.disconnect();
      stopTheme();
      for (const chart of charts as LayerChart[]) chart.destroy();
    },
  };
}
