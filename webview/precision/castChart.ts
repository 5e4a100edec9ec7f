import * as l10n from '@vscode/l10n';
import type { CastFigure, CastMeasure, CastSeries } from '../../src/protocol/precision';
import type { TensorId } from '../../src/protocol/tensor';
import { createLayerChart, type LayerChart } from '../charts/layerChart';
import { formatMark, type Metric } from '../charts/metrics';
import { nextMark } from '../charts/nextMark';
import { createTextTooltip } from '../charts/textTooltip';
import { readTheme } from '../charts/theme';
import { h } from '../dom';
import { formatInteger, formatPercent } from '../format';
import type { Session } from '../session';
import type { PrecisionStore } from './store';
import { castFigureHelp, castFigureTitle, castFormatName } from './texts';

/** Neighbouring marks may share a pixel before they are merged. */
const marksPerPixel = 2;

function makeMetric(session: Session, figure: CastFigure, by: CastMeasure): Metric<CastSeries> {
  const isShare = by === 'share';
  return {
    ...{ id: 'casts', suffix: '', factor: isShare ? 100 : 1, log: false, integers: !isShare },
    title: castFigureTitle(figure),
    help: castFigureHelp(figure),
    unit: () => {
      const cast = castFormatName(session.state.saved.precision.format);
      return isShare
        ? l10n.t('% of a layer’s values, to {0}', cast)
        : l10n.t('values, to {0}', cast);
    },
    ...{ perScheme: false, canSwitch: true, notable: 'highest' },
    bands: series => [series.band],
    format: isShare ? formatPercent : formatInteger,
  };
}

/** The chart of one figure over all layers. `onPick` tells which layer was chosen in it, `onOpen` that it is to be looked at. */
export function createCastChart(
  session: Session,
  store: PrecisionStore,
  { onPick, onOpen }: { onPick(tensor: TensorId): void; onOpen(tensor: TensorId): void },
) {
  const { state } = session;
  const tooltip = createTextTooltip();
  const place = h('div', { class: 'precision-chart' });
  const element = h('div', {}, place, tooltip.element);
  let made: { readonly key: string; readonly chart: LayerChart<CastSeries> } | undefined;
  let metric: Metric<CastSeries> | undefined;
  let selectedMark: number | null = null;
  let soughtFor = '';
  let position: number | null = null;

  /** Title and axis belong to the figure: another one has a chart of its own. */
  function chartNow(): LayerChart<CastSeries> {
    const { figure, by } = state.saved.precision;
    const key = `${figure} ${by}`;
    if (made?.key === key) return made.chart;
    made?.chart.destroy();
    metric = makeMetric(session, figure, by);
    const chart = createLayerChart<CastSeries>(metric, {
      onHover: mark => chart.overlay.hover(mark),
      onPick: pick,
      onLog: log => store.choose({ log }),
      onKey,
    });
    const { above } = chart.overlay;
    tooltip.follow(above, x => {
      const marks = store.series?.name.length ?? 0;
      const mark = Math.floor((x / above.clientWidth) * marks);
      return mark >= 0 && mark < marks ? textOf(mark) : null;
    });
    place.replaceChildren(chart.element);
    made = { key, chart };
    return chart;
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && state.selected !== null) onOpen(state.selected);
    const next = nextMark(event.key, selectedMark, store.series?.name.length ?? 0);
    if (next === null) return;
    event.preventDefault();
    pick(next);
  }

  function pick(mark: number): void {
    const tensor = store.series?.tensor[mark];
    if (tensor !== undefined) onPick(tensor);
  }

  function textOf(mark: number): string {
    const { series } = store;
    return series && metric ? `${series.name[mark]}: ${formatMark(metric, series.band, mark)}` : '';
  }

  /** Where the selected layer is among the marks is asked once. */
  function markSelection(chart: LayerChart<CastSeries>): void {
    const { selected } = state;
    const key = JSON.stringify([store.series?.generation, selected]);
    if (key !== soughtFor) {
      [soughtFor, position] = [key, null];
      if (selected !== null)
        void store.find(selected, 'model').then(found => {
          if (key !== soughtFor) return;
          position = found;
          if (made) markSelection(made.chart);
        });
    }
    const start = store.series?.start.subarray(0, -1);
    const mark = position === null ? -1 : (start?.findLastIndex(from => from <= position!) ?? -1);
    selectedMark = mark < 0 ? null : mark;
    chart.overlay.select(selectedMark, selectedMark === null ? '' : textOf(selectedMark));
  }

  return {
    element,
    draw(): void {
      const chart = chartNow();
      const { doc, saved } = state;
      store.setMarks(marksPerPixel * (chart.plotWidth() || place.clientWidth));
      const { series } = store;
      if (!doc || !series) return;
      const { log } = saved.precision;
      const model = { schemes: [], sigma: doc.sigma, analysis: { state: doc.analysis.state } };
      chart.draw({ doc: model, series, theme: readTheme(), hidden: [], log });
      markSelection(chart);
    },
    destroy(): void {
      made?.chart.destroy();
      made = undefined;
    },
  };
}
