import * as l10n from '@vscode/l10n';
import type { ChartArea } from 'chart.js';
import type { Ruler, Rulers } from '../../src/explain/ruler';
import { nearestIndex } from '../charts/curvePlot';
import { createPlotCursor } from '../charts/plotCursor';
import { figure, table } from '../charts/storedTables';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { button, h, setAttribute, setText, show } from '../dom';
import { formatCount, formatInteger } from '../format';
import { stepFigure } from './figures';
import { axisOf, drawAxis, drawRuler, placeOn, wastedCodes } from './rulerPlot';

/** What the section is asked to show. */
export interface RulerView {
  readonly rulers: Rulers;
  /** What the range is of, in words. */
  readonly of: string;
  /** Whether the user may choose between the shown values and the whole tensor, and which it is. */
  readonly choice: 'shown' | 'tensor' | null;
  readonly asTable: boolean;
}

/** What the user does in the section. */
export interface RulerEvents {
  onChoose(of: 'shown' | 'tensor'): void;
  onTable(asTable: boolean): void;
}

/** The rulers of several ranges below each other, over one axis. */
export function createRulerSection(tooltip: TextTooltip, events: RulerEvents) {
  const of = h('span', { class: 'chart-unit' });
  const shown = button({
    label: l10n.t('Shown values'),
    kind: 'link',
    onClick: () => events.onChoose('shown'),
  });
  const whole = button({
    label: l10n.t('Whole tensor'),
    kind: 'link',
    onClick: () => events.onChoose('tensor'),
  });
  const choice = h(
    'div',
    { class: 'steps-choice', role: 'group', 'aria-label': l10n.t('Whose range') },
    shown,
    whole,
  );
  const toggle = button({
    label: l10n.t('Ruler: show as table'),
    icon: 'table',
    kind: 'icon',
    onClick: () => events.onTable(view?.asTable !== true),
  });
  const list = h('div', { class: 'rulers' });
  const axis = h('canvas', { class: 'ruler-axis', 'aria-hidden': 'true' });
  const key = h('p', { class: 'note' });
  const element = h(
    'section',
    { class: 'steps-section ruler-section', 'aria-labelledby': 'steps-ruler' },
    h(
      'div',
      { class: 'steps-title' },
      h('h2', { id: 'steps-ruler' }, l10n.t('The ruler')),
      of,
      choice,
      toggle,
    ),
    list,
    axis,
    key,
  );
  let view: RulerView | null = null;
  let drawn: Rulers | null = null;
  let drawnAsTable = false;
  let lines: readonly RulerLine[] = [];

  return {
    element,
    update(next: RulerView | null): void {
      view = next;
      show(element, next !== null);
      if (!next) return;
      setText(of, next.of);
      show(choice, next.choice !== null);
      setAttribute(shown, 'aria-pressed', String(next.choice === 'shown'));
      setAttribute(whole, 'aria-pressed', String(next.choice === 'tensor'));
      setAttribute(toggle, 'aria-pressed', String(next.asTable));
      show(axis, !next.asTable);
      setText(key, next.asTable ? '' : keyText());
      if (drawn === next.rulers && drawnAsTable === next.asTable) return;
      [drawn, drawnAsTable] = [next.rulers, next.asTable];
      const { rulers } = next.rulers;
      lines = next.asTable ? [] : rulers.map(ruler => createRulerLine(ruler, tooltip));
      if (next.asTable) list.replaceChildren(...rulers.map(createRulerTable));
      else list.replaceChildren(...lines.map(line => line.element));
    },
    paint(theme: ChartTheme): void {
      if (!view || view.asTable) return;
      const { rulers, range } = view.rulers;
      const ends = axisOf(rulers, range);
      for (const line of lines) line.paint({ range, axis: ends }, theme);
      drawAxis(axis, ends, theme);
    },
  };
}

type RulerLine = ReturnType<typeof createRulerLine>;

function createRulerLine(ruler: Ruler, tooltip: TextTooltip) {
  const canvas = h('canvas', { class: 'ruler-plot', role: 'img' });
  setAttribute(canvas, 'aria-label', `${titleOf(ruler)}: ${findingOf(ruler)}`);
  let area: ChartArea | null = null;
  let toPlace: (value: number) => number = () => 0;
  let axis = { lo: 0, hi: 1 };
  const cursor = createPlotCursor({
    label: l10n.t('Codes of the ruler: {0}', titleOf(ruler)),
    tooltip,
    xOf: mark => toPlace(ruler.marks[mark] ?? 0),
    markAt: x =>
      area
        ? nearestIndex(ruler.marks, axis.lo + ((x - area.left) / area.width) * (axis.hi - axis.lo))
        : null,
    textOf: mark => markText(ruler, mark),
    onPick: () => {},
  });
  const element = h(
    'div',
    { class: 'ruler', 'data-ruler': ruler.kind },
    createRulerHead(ruler),
    h('div', { class: 'ruler-box' }, canvas, cursor.element),
  );
  return {
    element,
    paint(over: Omit<Parameters<typeof drawRuler>[1], 'ruler'>, theme: ChartTheme): void {
      axis = over.axis;
      area = drawRuler(canvas, { ruler, ...over }, theme);
      if (area) toPlace = placeOn(area, axis);
      cursor.layout(area, ruler.codes.length);
    },
  };
}

function createRulerHead(ruler: Ruler): HTMLElement {
  return h(
    'p',
    { class: 'ruler-head' },
    h('span', { class: 'ruler-title' }, titleOf(ruler)),
    ' ',
    h('code', {}, ruler.scheme),
    ' ',
    h('span', { class: 'ruler-finding' }, findingOf(ruler)),
  );
}

function createRulerTable(ruler: Ruler): HTMLElement {
  const rows = Array.from(ruler.codes, (code, i) => [
    formatInteger(code),
    figure(ruler.marks[i] ?? null),
    isUsed(ruler, i) ? l10n.t('used') : l10n.t('never used'),
  ]);
  const heads = [l10n.t('Code'), l10n.t('Value'), l10n.t('Use')];
  const caption = l10n.t('{0}: codes and their values', titleOf(ruler));
  return h(
    'div',
    { class: 'ruler', 'data-ruler': ruler.kind },
    createRulerHead(ruler),
    table(caption, heads, rows),
  );
}

function titleOf({ kind }: Ruler): string {
  switch (kind) {
    case 'symmetric':
      return l10n.t('Symmetric');
    case 'asymmetric':
      return l10n.t('Asymmetric, holding 0');
    case 'free':
      return l10n.t('Asymmetric, free');
    case 'levels':
      return l10n.t('Levels of the scheme');
  }
}

/** What the ruler tells: scale, zero point, and how many codes are for nothing. */
function findingOf(ruler: Ruler): string {
  const { kind, scale, zeroPoint, codes } = ruler;
  const wasted = wastedCodes(ruler);
  const waste =
    wasted === 0
      ? l10n.t('all {0} codes are in the range', formatCount(codes.length))
      : l10n.t('{0} of {1} codes are never used', formatCount(wasted), formatCount(codes.length));
  if (kind === 'levels') return l10n.t('scale {0}; {1}', stepFigure(scale), waste);
  const isBeyond = zeroPoint < codes[0]! || zeroPoint > codes[codes.length - 1]!;
  const zero = isBeyond
    ? l10n.t('zero point {0}, beyond the codes', formatInteger(zeroPoint))
    : l10n.t('zero point {0}', formatInteger(zeroPoint));
  return l10n.t('{0}, scale {1}; {2}', zero, stepFigure(scale), waste);
}

function keyText(): string {
  return l10n.t(
    'Shaded: the values. Marks: what codes stand for. Striped: codes that no value takes. ▲: zero.',
  );
}

function isUsed({ first, last }: Ruler, i: number): boolean {
  return i >= first && i <= last;
}

function markText(ruler: Ruler, i: number): string {
  const code = formatInteger(ruler.codes[i] ?? 0);
  const value = stepFigure(ruler.marks[i] ?? 0);
  return isUsed(ruler, i)
    ? l10n.t('code {0} is {1}', code, value)
    : l10n.t('code {0} is {1}, never used', code, value);
}
