import * as l10n from '@vscode/l10n';
import { tensorKinds } from '../../src/base/tensorKind';
import type { DocumentView, Series } from '../../src/protocol/editor';
import { tensorCount } from '../counts';
import { h, show } from '../dom';
import { kindName } from './kinds';
import { formatMark, type Metric } from './metrics';
import { createSwatch } from './swatch';
import type { ChartTheme } from './theme';
import { excessText } from './theory';

const distance = 14;

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
  const { series, doc, theme, hidden, metrics } = input;
  const tensors = series.start[mark + 1]! - series.start[mark]!;
  const table = h('table', {});
  const schemes = doc.schemes.map((name, i) => ({ name, i })).filter(({ i }) => !hidden[i]);
  table.append(
    h(
      'tr',
      {},
      h('td'),
      ...schemes.map(({ name, i }) => h('th', {}, createSwatch(theme, i), name)),
    ),
  );
  for (const metric of metrics) table.append(line(metric, input, mark, schemes));
  const name = h('div', { class: 'tooltip-name' }, series.name[mark] ?? '');
  const more = l10n.t('and {0} after it: lowest … highest', tensorCount(tensors - 1));
  const kind = kindName(tensorKinds[series.kind[mark] ?? -1] ?? 'other');
  const note = h('div', { class: 'tooltip-note' }, tensors > 1 ? more : kind);
  return [name, note, table, ...excesses(input, mark, schemes)];
}

/** How far each scheme is from what Gaussian weights would get, where that is known. */
function excesses(
  { series, theme, hidden }: TooltipInput,
  mark: number,
  schemes: readonly { readonly i: number }[],
): HTMLElement[] {
  if (series.start[mark + 1]! - series.start[mark]! > 1) return [];
  return schemes.flatMap(({ i }) => {
    const { sqnrDb, gaussianSqnrDb } = series.schemes[i]!;
    const text = excessText(sqnrDb.low[mark], gaussianSqnrDb.low[mark]);
    const sign = hidden.length > 1 ? createSwatch(theme, i) : null;
    return text ? [h('div', { class: 'tooltip-note' }, sign, text)] : [];
  });
}

function line(
  metric: Metric,
  { series, metric: over }: TooltipInput,
  mark: number,
  schemes: readonly { readonly i: number }[],
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
