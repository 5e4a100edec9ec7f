import * as l10n from '@vscode/l10n';
import type { LayerView } from '../../src/protocol/layer';
import type { Range } from '../../src/quant/arithmetic';
import { createHistogramPlot, type HistogramInput } from '../charts/histogramPlot';
import { createHistogramTable } from '../charts/histogramTable';
import type { TextTooltip } from '../charts/textTooltip';
import { type ChartTheme, readTheme, schemeStyle } from '../charts/theme';
import { button, h, setText, show } from '../dom';
import type { LegendEntry } from '../export/picture';
import { formatPercent } from '../format';
import { createChoice, createFrame, createTableBox, type Section } from './frame';
import { createHandles } from './handles';
import { axisAround, type Extent, startRange } from './range';
import type { LayerStore } from './store';
import { binText, describeHistogram } from './texts';

/** What the section needs beside the data. */
export interface HistogramParts {
  readonly tooltip: TextTooltip;
  /** Shows the scheme beside the others. */
  onKeep(scheme: string): void;
}

/** The weights before and after, with the range as two handles that re-quantize. */
export function createHistogramSection(store: LayerStore, parts: HistogramParts): Section {
  const plot = createHistogramPlot();
  const frame = createFrame(store, {
    id: 'histogram',
    title: l10n.t('Histogram'),
    help: l10n.t('How many weights have which value, before and after quantization'),
    picture: 'histogram',
    copy: ratio => ({ unit: unitText(), legend: legendOf(readTheme()), plot: plot.copy(ratio) }),
  });
  const scaling = createChoice(
    l10n.t('Counts'),
    [
      { value: 'log', text: l10n.t('Log'), title: l10n.t('Counts on a logarithmic axis') },
      { value: 'linear', text: l10n.t('Linear'), title: l10n.t('Counts on a linear axis') },
    ],
    value => store.choose({ logCount: value === 'log' }),
  );
  frame.tools.append(scaling.element);
  const handles = createHandles(range => store.setRange(range));
  const picture = h('div', { class: 'layer-plot' }, plot.canvas, handles.element);
  const table = createTableBox();
  const note = h('p', { class: 'note' }, l10n.t('There is no range that can be cut into bins.'));
  const range = createRangeRow(store, parts.onKeep);
  frame.body.append(makeLegend(), picture, table.element, note, range.element);
  parts.tooltip.follow(picture, x => {
    const bin = plot.binAt(x);
    const histogram = store.shown?.histogram;
    return bin === null || !histogram ? null : binText(histogram, bin);
  });

  return {
    element: frame.element,
    update() {
      const { shown, chosen } = store;
      frame.follow(store.wanted, shown !== null);
      frame.setUnit(unitText());
      scaling.update(chosen.logCount ? 'log' : 'linear');
      const input = inputOf(store);
      show(picture, input !== null && !frame.isTable);
      show(note, input === null);
      table.update(input && frame.isTable ? [shown] : null, () => tableOf(input!));
      range.update();
    },
    paint(theme: ChartTheme) {
      const input = inputOf(store);
      const histogram = store.shown?.histogram;
      if (!input || !histogram || picture.hidden) return;
      plot.draw(input, theme, describeHistogram(histogram));
      const set = handRange(store);
      const { rule } = store;
      const { axis } = input;
      handles.put(
        set && plot.area && axis && typeof rule !== 'string'
          ? { kind: rule.kind, range: set, axis, area: plot.area }
          : null,
      );
    },
  };
}

/** What is drawn; the axis is that of the scheme's own range, so that it stays while a handle is dragged. */
function inputOf(store: LayerStore): (HistogramInput & { readonly axis: Extent }) | null {
  const { base, shown, chosen, rule } = store;
  const histogram = shown?.histogram;
  if (!base.value?.histogram || !histogram) return null;
  // The range of a cast is that of its format: beside it all weights would be one bar.
  const range = typeof rule === 'string' ? null : base.value.range;
  const own = axisAround(base.value.histogram, range);
  const axis = axisAround(histogram, { lo: own.from, hi: own.to });
  const { lo, hi, original: area, dequantized: line } = histogram;
  return { lo, hi, area, line, axis, isLog: chosen.logCount };
}

/** The range of the handles: set by hand, or the scheme's own. Null where it cannot be set. */
export function handRange({ chosen, rule, base }: LayerStore): Range | null {
  if (typeof rule === 'string') return null;
  if (chosen.range) return chosen.range;
  return base.value?.range ? startRange(rule.kind, base.value.range) : null;
}

function tableOf(input: HistogramInput): HTMLElement {
  return createHistogramTable(input, {
    caption: l10n.t('Weights before and after quantization by bin'),
    heads: [l10n.t('From'), l10n.t('To'), l10n.t('Weights'), l10n.t('Dequantized')],
  });
}

function unitText(): string {
  return l10n.t('weights per bin, over the weight');
}

function legendOf(theme: ChartTheme): LegendEntry[] {
  return [l10n.t('Original'), l10n.t('Dequantized')].map((name, i) => ({
    name,
    style: schemeStyle(theme, i),
  }));
}

function makeLegend(): HTMLElement {
  return h(
    'div',
    { class: 'histogram-legend', 'aria-hidden': 'true' },
    h('span', { class: 'key-area' }),
    l10n.t('Original'),
    h('span', { class: 'key-line' }),
    l10n.t('Dequantized'),
  );
}

/** The scheme of the range that is shown, and what becomes of one set by hand. Always there, so that a drag moves nothing. */
function createRangeRow(store: LayerStore, onKeep: (scheme: string) => void) {
  const text = h('code', { class: 'range-scheme' });
  const clipped = h('span', { class: 'range-share' });
  const reset = button({
    label: l10n.t('Reset'),
    title: l10n.t('Back to the range of the scheme'),
    onClick: () => store.setRange(null),
  });
  const keep = button({
    label: l10n.t('Keep as scheme'),
    title: l10n.t('Show this scheme beside the others'),
    onClick() {
      const scheme = store.handScheme;
      if (scheme === null) return;
      store.setRange(null);
      onKeep(scheme);
    },
  });
  const line = h('div', { class: 'range-line' }, text);
  const set = h('div', { class: 'range-set' }, line, clipped, keep, reset);
  const note = h('p', { class: 'note' });
  return {
    element: h('div', { class: 'range-row' }, set, note),
    update(): void {
      const { handScheme, shown, base, rule } = store;
      const share = formatPercent(shown?.report?.clippedFraction ?? null);
      show(set, typeof rule !== 'string');
      setText(text, handScheme ?? base.value?.scheme ?? '');
      text.title = text.textContent ?? '';
      setText(clipped, l10n.t('{0} clipped', share));
      for (const control of [keep, reset]) control.disabled = handScheme === null;
      setText(note, noteOf(store, shown));
    },
  };
}

function noteOf(store: LayerStore, shown: LayerView | null): string {
  if (typeof store.rule === 'string') return store.rule;
  if (store.handScheme !== null) return l10n.t('A range set by hand is one for the whole tensor.');
  if (!shown?.range) return l10n.t('This scheme does not say what its range is.');
  return shown.segments[0] * shown.segments[1] > 1
    ? l10n.t('Drag an end of the range to quantize anew: with one range for the whole tensor.')
    : l10n.t('Drag an end of the range to quantize anew.');
}
