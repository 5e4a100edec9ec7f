import * as l10n from '@vscode/l10n';
import type { PairId, PairSeries } from '../../src/protocol/compare';
import { createLayerChart } from '../charts/layerChart';
import { formatMark, type Metric } from '../charts/metrics';
import { nextMark } from '../charts/nextMark';
import { createTextTooltip } from '../charts/textTooltip';
import { onThemeChange, readTheme } from '../charts/theme';
import { h, oncePerFrame, show } from '../dom';
import { formatDecibel } from '../format';
import type { CompareSession } from './session';

/** Neighbouring marks may share a pixel before they are merged. */
const marksPerPixel = 2;

function makeMetric(): Metric<PairSeries> {
  return {
    ...{ id: 'sqnr', suffix: ' dB', factor: 1, log: false, integers: false },
    title: l10n.t('SQNR'),
    unit: () => l10n.t('dB, higher is better, in the order of the model'),
    help: l10n.t(
      'Signal to quantization noise ratio in decibel: 10 log10 of the energy of the first weights over that of the difference.',
    ),
    perScheme: false,
    canSwitch: false,
    notable: 'lowest',
    bands: series => [series.sqnrDb],
    format: formatDecibel,
  };
}

/** The chart of all pairs. `onPick` tells which pair was chosen in it. */
export function createPairChart(
  session: CompareSession,
  onPick: (pair: PairId, name: string) => void,
) {
  const { state } = session;
  const metric = makeMetric();
  let selected: number | null = null;
  const tooltip = createTextTooltip();
  const chart = createLayerChart<PairSeries>(metric, {
    onHover: mark => chart.overlay.hover(mark),
    onPick: pick,
    onKey(event) {
      const next = nextMark(event.key, selected, state.series?.name.length ?? 0);
      if (next === null) return;
      event.preventDefault();
      pick(next);
    },
  });
  const { above } = chart.overlay;
  tooltip.follow(above, x => {
    const marks = state.series?.name.length ?? 0;
    const mark = Math.floor((x / above.clientWidth) * marks);
    return mark >= 0 && mark < marks ? textOf(mark) : null;
  });
  const element = h(
    'section',
    { class: 'charts pair-chart', 'aria-label': l10n.t('Chart') },
    chart.element,
    tooltip.element,
  );
  const draw = oncePerFrame(drawNow);
  const observer = new ResizeObserver(draw);
  observer.observe(element);
  const stopTheme = onThemeChange(draw);

  function drawNow(): void {
    const { view, series } = state;
    show(element, view?.pairs !== 0);
    session.setMarks(marksPerPixel * chart.plotWidth());
    if (!view || !series) return;
    const doc = { schemes: [], sigma: 0, analysis: { state: view.state } };
    chart.draw({ doc, series, theme: readTheme(), hidden: [] });
    markSelection();
  }

  function pick(mark: number): void {
    const { series } = state;
    const pair = series?.pair[mark];
    if (pair !== undefined) onPick(pair, series?.name[mark] ?? '');
  }

  function textOf(mark: number): string {
    const { series } = state;
    return series ? `${series.name[mark]}: ${formatMark(metric, series.sqnrDb, mark)}` : '';
  }

  function markSelection(): void {
    const pair = state.saved.selected?.pair;
    const start = state.series?.start.subarray(0, -1);
    const mark = pair === undefined ? -1 : (start?.findLastIndex(from => from <= pair) ?? -1);
    selected = mark < 0 ? null : mark;
    chart.overlay.select(selected, selected === null ? '' : textOf(selected));
  }

  return {
    element,
    draw,
    markSelection,
    destroy() {
      observer.disconnect();
      stopTheme();
      chart.destroy();
    },
  };
}
