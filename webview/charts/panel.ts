import type { TensorId } from '../../src/protocol/editor';
import { button, h, icon, oncePerFrame, setAttribute, show } from '../dom';
import type { Part, Session } from '../session';
import { createFigureTable } from './figureTable';
import { createLayerChart, type LayerChart } from './layerChart';
import { formatMark, type Metric, metrics } from './metrics';
import { nextMark } from './nextMark';
import type { OverlayEvents } from './overlay';
import { onThemeChange, readTheme } from './theme';
import { createTooltip } from './tooltip';
import { createWorstList } from './worst';

/** Neighbouring marks may share a pixel before they are merged: points still show each tensor. */
const marksPerPixel = 2;

/** The linked charts, and the same as a table. */
export interface ChartPanel {
  readonly element: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  /** Shows the cross-hair at a tensor that is pointed at elsewhere. */
  hover(tensor: TensorId | null): void;
  destroy(): void;
}

/** Makes the panel. `onHover` tells which tensor is pointed at in a chart. */
export function createChartPanel(
  session: Session,
  onHover: (tensor: TensorId | null) => void,
): ChartPanel {
  const { state } = session;
  let theme = readTheme();
  let selectedMark: number | null = null;
  let tableOf: unknown = null;
  const tooltip = createTooltip();
  const worst = createWorstList(session);
  const charts = metrics.map(metric => createLayerChart(metric, eventsOf(metric)));
  const grid = h('div', { class: 'charts-grid' }, ...charts.map(c => c.element), worst.element);
  const table = h('div', {
    class: 'charts-table',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Figures per layer',
  });
  const twisty = icon('chevron-down');
  const collapse = h(
    'button',
    { type: 'button', class: 'section-toggle', onclick: toggleCollapsed },
    twisty,
    h('span', {}, 'Layers'),
  );
  const asTable = button({
    label: 'Show as table',
    icon: 'table',
    kind: 'link',
    onClick: () => session.setLayout({ chartsAsTable: !state.saved.chartsAsTable }),
  });
  const head = h('div', { class: 'section-head' }, collapse, asTable);
  const element = h(
    'section',
    { class: 'charts', 'aria-label': 'Charts' },
    head,
    grid,
    table,
    tooltip.element,
  );
  const draw = oncePerFrame(drawNow);
  const observer = new ResizeObserver(draw);
  observer.observe(grid);
  const stopTheme = onThemeChange(() => {
    theme = readTheme();
    draw();
  });

  function toggleCollapsed(): void {
    session.setLayout({ chartsCollapsed: !state.saved.chartsCollapsed });
  }

  function hiddenFlags(): boolean[] {
    return (state.doc?.schemes ?? []).map(name => state.saved.hiddenSchemes.includes(name));
  }

  function drawNow(): void {
    const { doc, series, saved } = state;
    setAttribute(collapse, 'aria-expanded', String(!saved.chartsCollapsed));
    twisty.className = `codicon codicon-chevron-${saved.chartsCollapsed ? 'right' : 'down'}`;
    const open = !saved.chartsCollapsed;
    show(grid, open && !saved.chartsAsTable);
    show(table, open && saved.chartsAsTable);
    show(asTable, open);
    setAttribute(asTable, 'aria-pressed', String(saved.chartsAsTable));
    if (!doc || !open) return;
    const hidden = hiddenFlags();
    session.setMarks(marksPerPixel * (charts[0]?.plotWidth() || grid.clientWidth));
    if (!series) return;
    if (saved.chartsAsTable) {
      drawTable();
      return;
    }
    for (const chart of charts) chart.draw({ doc, series, theme, hidden });
    worst.update({ doc, series, theme, hidden });
    markSelection();
  }

  function drawTable(): void {
    const { doc, series } = state;
    if (!doc || !series || tableOf === series) return;
    tableOf = series;
    const { scrollTop, scrollLeft } = table;
    table.replaceChildren(createFigureTable(series, doc));
    table.scrollTo(scrollLeft, scrollTop);
  }

  function setHover(mark: number | null): void {
    for (const chart of charts) chart.overlay.hover(mark);
  }

  function eventsOf(metric: Metric): OverlayEvents {
    return {
      onHover(mark, event) {
        const { doc, series } = state;
        setHover(mark);
        onHover(mark === null ? null : (series?.tensor[mark] ?? null));
        if (mark === null || !event || !doc || !series) return tooltip.hide();
        const input = { doc, series, theme, hidden: hiddenFlags(), metric };
        tooltip.show(input, mark, { x: event.clientX, y: event.clientY });
      },
      onPick: pick,
      onKey(event) {
        const next = nextMark(event.key, selectedMark, state.series?.name.length ?? 0);
        if (next === null) return;
        event.preventDefault();
        pick(next);
      },
    };
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
    const { series, doc } = state;
    if (!series || !doc) return '';
    const figures = metric.bands(series).map((band, i) => {
      const scheme = metric.perScheme ? `${doc.schemes[i]} ` : '';
      return scheme + formatMark(metric, band, mark);
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
    const merged = series.name.length < series.count;
    if (selectedMark !== null && series.tensor[selectedMark] === selected) {
      setSelected(selectedMark);
      return;
    }
    if (!merged) {
      setSelected(markOf(selected));
      return;
    }
    void session.position(selected).then(position => {
      if (state.selected !== selected || state.series !== series) return;
      setSelected(
        position === null ? null : series.start.findLastIndex(start => start <= position),
      );
    });
  }

  function markOf(tensor: TensorId): number | null {
    const mark = state.series?.tensor.indexOf(tensor) ?? -1;
    return mark < 0 ? null : mark;
  }

  return {
    element,
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
