import * as l10n from '@vscode/l10n';
import { tensorKinds } from '../../src/base/tensorKind';
import type { DocumentView, Series } from '../../src/protocol/editor';
import { tensorCount } from '../counts';
import { h, show } from '../dom';
import { formatDecibel } from '../format';
import { kindName } from './kinds';
import { formatMark, type Metric } from './metrics';
import { createSwatch } from './swatch';
import type { ChartTheme } from './theme';
import { type ExcessLoss, excessLoss } from './theory';

const distance = 14;
/** More schemes than this have no room side by side. */
const wideFrom = 2;

/** What a tooltip is about. */
export interface TooltipInput {
  readonly doc: DocumentView;
  readonly series: Series;
  readonly theme: ChartTheme;
  readonly hidden: readonly boolean[];
  /** The chart it is over; its line is set off. */
  readonly metric: Metric;
  readonly metrics: readonly Metric[];
}

/** Shows all figures of one mark beside the pointer, in VS Code's hover colours. */
export interface Tooltip {
  readonly element: HTMLElement;
  show(input: TooltipInput, mark: number, at: { readonly x: number; readonly y: number }): void;
  hide(): void;
}

/** Makes a hidden tooltip. It says nothing that the charts' table does not, so screen readers skip it. */
export function createTooltip(): Tooltip {
  const element = h('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });
  let shown: readonly unknown[] = [];
  return {
    element,
    show(input, mark, at) {
      const key = [input.metric, input.series, input.theme, mark];
      if (key.some((part, i) => part !== shown[i]) || element.hidden)
        element.replaceChildren(...content(input, mark));
      shown = key;
      show(element, true);
      placeTooltip(element, at);
    },
    hide: () => show(element, false),
  };
}

function content(input: TooltipInput, mark: number): HTMLElement[] {
  const { series, doc, hidden } = input;
  const tensors = series.start[mark + 1]! - series.start[mark]!;
  const schemes = doc.schemes.map((name, i) => ({ name, i })).filter(({ i }) => !hidden[i]);
  const name = h('div', { class: 'tooltip-name' }, series.name[mark] ?? '');
  const more = l10n.t('and {0} after it: lowest … highest', tensorCount(tensors - 1));
  const kind = kindName(tensorKinds[series.kind[mark] ?? -1] ?? 'other');
  const note = h('div', { class: 'tooltip-note' }, tensors > 1 ? more : kind);
  const isWide = schemes.length > wideFrom;
  const table = isWide ? schemeLines(input, mark, schemes) : metricLines(input, mark, schemes);
  return [name, note, table];
}

interface ShownScheme {
  readonly name: string;
  readonly i: number;
}

/** All figures, a column each scheme. */
function metricLines(
  input: TooltipInput,
  mark: number,
  schemes: readonly ShownScheme[],
): HTMLElement {
  const heads = schemes.map(({ name, i }) => h('th', {}, createSwatch(input.theme, i), name));
  const table = h('table', {}, h('tr', {}, h('td'), ...heads));
  for (const metric of input.metrics) {
    table.append(line(metric, input, mark, schemes));
    if (metric.id === 'sqnr') table.append(...theoryLines(input, mark, schemes));
  }
  return table;
}

/** Many schemes are a line each: the figure of the chart that is pointed at, and what it comes to. */
function schemeLines(
  { series, metric: over, metrics, theme }: TooltipInput,
  mark: number,
  schemes: readonly ShownScheme[],
): HTMLElement {
  const shown = metrics.filter(({ id }) => id === over.id || id === 'sqnr');
  const heads = shown.map(({ title }) => h('th', {}, title));
  const table = h('table', {}, h('tr', {}, h('td'), ...heads));
  for (const { name, i } of schemes) {
    const cells = shown.map(metric =>
      h('td', {}, formatMark(metric, metric.bands(series)[metric.perScheme ? i : 0], mark)),
    );
    const head = h('th', { scope: 'row' }, createSwatch(theme, i), name);
    table.append(h('tr', {}, head, ...cells));
  }
  return table;
}

/** What Gaussian weights would get, and how much less these do, where that is known of one tensor. */
function theoryLines(
  { series }: TooltipInput,
  mark: number,
  schemes: readonly ShownScheme[],
): HTMLElement[] {
  const known = schemes.map(({ i }) => {
    const { sqnrDb, gaussianSqnrDb } = series.schemes[i]!;
    return excessLoss(sqnrDb.low[mark], gaussianSqnrDb.low[mark]);
  });
  if (series.start[mark + 1]! - series.start[mark]! > 1 || !known.some(Boolean)) return [];
  const row = (title: string, figure: (excess: ExcessLoss) => number) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, title),
      ...known.map(excess => h('td', {}, excess ? `${formatDecibel(figure(excess))} dB` : '–')),
    );
  return [
    row(l10n.t('Gaussian weights'), excess => excess.gaussianDb),
    row(l10n.t('Excess loss'), excess => excess.lossDb),
  ];
}

function line(
  metric: Metric,
  { series, metric: over }: TooltipInput,
  mark: number,
  schemes: readonly ShownScheme[],
): HTMLElement {
  const bands = metric.bands(series);
  const cells = metric.perScheme
    ? schemes.map(({ i }) => h('td', {}, formatMark(metric, bands[i], mark)))
    : [h('td', { colspan: Math.max(1, schemes.length) }, formatMark(metric, bands[0], mark))];
  const title = h('th', { scope: 'row' }, metric.title);
  return h('tr', { class: metric.id === over.id ? 'current' : undefined }, title, ...cells);
}

/** Right below the pointer, or on its other side where the window ends. */
export function placeTooltip(
  element: HTMLElement,
  { x, y }: { readonly x: number; readonly y: number },
): void {
  const { width, height } = element.getBoundingClientRect();
  const left = x + distance + width > window.innerWidth ? x - distance - width : x + distance;
  const top = y + distance + height > window.innerHeight ? y - distance - height : y + distance;
  element.style.left = `${Math.max(4, left)}px`;
  element.style.top = `${Math.max(4, top)}px`;
}
