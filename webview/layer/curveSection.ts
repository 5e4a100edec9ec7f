import * as l10n from '@vscode/l10n';
import type { CalibrationCurve } from '../../src/protocol/layer';
import { createCurvePlot } from '../charts/curvePlot';
import { createPlotCursor } from '../charts/plotCursor';
import { figure, table } from '../charts/storedTables';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { h, setAttribute, setText, show } from '../dom';
import { formatCount, formatFigure } from '../format';
import { createChoice, createFrame, createTableBox, type Section } from './frame';
import { thresholdRange } from './range';
import type { LayerStore } from './store';
import { describeCurve, pointText } from './texts';

/** What clipping at each threshold costs, with the chosen one marked. */
export function createCurveSection(store: LayerStore, tooltip: TextTooltip): Section {
  const plot = createCurvePlot();
  const frame = createFrame(store, {
    id: 'curve',
    title: l10n.t('Calibration curve'),
    help: l10n.t('What clipping at each threshold costs one segment: weights that share a scale'),
    picture: 'curve',
    copy: ratio => ({ unit: store.curve.value?.loss ?? '', plot: plot.copy(ratio) }),
  });
  const by = createChoice(
    l10n.t('What is searched'),
    [
      {
        value: 'scheme',
        text: l10n.t('Scheme'),
        title: l10n.t('What the scheme itself searches'),
      },
      { value: 'mse', text: l10n.t('MSE'), title: l10n.t('Squared error of every threshold') },
      {
        value: 'kl',
        text: l10n.t('KL'),
        title: l10n.t('KL divergence of the clipped from the quantized histogram'),
      },
    ],
    curveBy => store.choose({ curveBy }),
  );
  const segment = createSegmentBox(store);
  frame.tools.append(by.element);
  const cursor = createPlotCursor({
    label: l10n.t('Threshold of the calibration curve: Enter sets the range'),
    tooltip,
    xOf: plot.xOf,
    markAt: plot.indexAt,
    textOf: i => (store.curve.value ? pointText(store.curve.value, i) : ''),
    onPick: i => pick(store, i),
  });
  const picture = h('div', { class: 'layer-plot' }, plot.canvas, cursor.element);
  const rows = createTableBox();
  const note = h('p', { class: 'note' });
  frame.body.append(segment.element, picture, rows.element, note);

  return {
    element: frame.element,
    update() {
      const { curve } = store;
      const { value } = curve;
      frame.follow(curve, value !== null);
      frame.setUnit(value?.loss ?? '');
      by.update(store.curveBy);
      segment.update();
      show(picture, value !== null && !frame.isTable);
      rows.update(value && frame.isTable ? [value] : null, () => tableOf(value!));
      setText(note, noteOf(store));
    },
    paint(theme: ChartTheme) {
      const { value } = store.curve;
      if (!value || picture.hidden) return;
      const { thresholds: xs, losses: ys, chosen } = value;
      const chosenLabel = l10n.t('chosen {0}', formatFigure(xs[chosen]));
      plot.draw({ xs, ys, chosen, chosenLabel }, theme, describeCurve(value));
      cursor.layout(plot.area, xs.length);
    },
  };
}

/** Clips the whole tensor where the curve was pointed at. */
function pick(store: LayerStore, index: number): void {
  const threshold = store.curve.value?.thresholds[index];
  const profile = store.base.value?.profile;
  const { rule } = store;
  if (threshold === undefined || typeof rule === 'string') return;
  const extremes = { lo: profile?.min ?? -threshold, hi: profile?.max ?? threshold };
  const range = thresholdRange(rule.kind, threshold, extremes);
  if (range.lo < range.hi) store.setRange(range);
}

function noteOf({ curve, rule }: LayerStore): string {
  if (curve.status === 'ready' && curve.value === null)
    return typeof rule === 'string'
      ? rule
      : l10n.t('This scheme has no threshold to search: its range is given.');
  if (!curve.value) return '';
  const { by, scheme, searched, of } = curve.value;
  const notes = [
    l10n.t('Of {0}.', scheme),
    by !== 'scheme' && l10n.t('Marked is what this search would choose, not the range in use.'),
    searched < of &&
      l10n.t('{0} of {1} weights were searched.', formatCount(searched), formatCount(of)),
    typeof rule !== 'string' && l10n.t('Click a point to clip there.'),
  ];
  return notes.filter(note => note !== false).join(' ');
}

function tableOf({ thresholds, losses, chosen, loss }: CalibrationCurve): HTMLElement {
  const rows = Array.from(thresholds, (threshold, i) => [
    figure(threshold),
    figure(losses[i] ?? null),
    i === chosen ? l10n.t('chosen') : '',
  ]);
  return table(
    l10n.t('{0} by threshold', loss),
    [l10n.t('Threshold'), loss, l10n.t('Choice')],
    rows,
  );
}

/** Chooses one of the segments by row and group, where there are several. */
function createSegmentBox(store: LayerStore) {
  const [row, group] = [makeNumber(l10n.t('Row')), makeNumber(l10n.t('Group'))];
  const element = h('div', { class: 'layer-segment' }, l10n.t('Segment'), row.label, group.label);
  const onChange = () => {
    const [rows, groups] = store.base.value?.segments ?? [1, 1];
    const at = (input: HTMLInputElement, count: number) =>
      Math.min(count - 1, Math.max(0, Math.round(input.valueAsNumber) || 0));
    store.choose({ segment: at(row.input, rows) * groups + at(group.input, groups) });
  };
  row.input.addEventListener('change', onChange);
  group.input.addEventListener('change', onChange);
  return {
    element,
    update(): void {
      const [rows, groups] = store.base.value?.segments ?? [1, 1];
      show(element, rows * groups > 1);
      const segment = Math.min(store.chosen.segment, rows * groups - 1);
      row.put(Math.floor(segment / groups), rows);
      group.put(segment % groups, groups);
    },
  };
}

function makeNumber(title: string) {
  const input = h('input', { type: 'number', class: 'layer-number', min: 0, step: 1 });
  const of = h('span', { class: 'chart-unit' });
  const label = h('label', {}, title, input, of);
  return {
    label,
    input,
    put(value: number, count: number): void {
      show(label, count > 1);
      setAttribute(input, 'max', count - 1);
      setText(of, l10n.t('of {0}', formatCount(count)));
      if (document.activeElement !== input || input.valueAsNumber !== value)
        input.value = String(value);
    },
  };
}
