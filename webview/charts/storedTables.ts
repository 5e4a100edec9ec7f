import * as l10n from '@vscode/l10n';
import type { CodeHistogram, Distribution, ReducedMap } from '../../src/checkpoints/storedView';
import { h } from '../dom';
import { formatCount, formatFigure, formatInteger, formatPercent } from '../format';
import { isReduced, mapGroupsText, mapRowsText } from './mapCells';

/** What may stand in a table. */
export type Cell = string | HTMLElement;

/** A distribution as a table: counts by stretches of the axis, ends included in the last one only. */
export function createBinTable(title: string, distribution: Distribution): HTMLElement {
  const { min, max, bins } = distribution;
  if (min === null || max === null) return h('p', { class: 'note' }, l10n.t('No value is finite'));
  const edge = (i: number) => figure(min + ((max - min) * i) / bins.length);
  const rows =
    bins.length === 0
      ? [[figure(min), figure(max), formatCount(distribution.count - distribution.nonFinite)]]
      : bins.map((count, i) => [edge(i), edge(i + 1), formatCount(count)]);
  return table(
    l10n.t('Distribution of {0}', title),
    [l10n.t('From'), l10n.t('To'), l10n.t('Count')],
    rows,
  );
}

/** How often each code occurs, as a table. */
export function createCodeTable({ first, counts }: CodeHistogram): HTMLElement {
  const total = counts.reduce((a, b) => a + b, 0);
  const rows = counts.map((count, i) => [
    formatInteger(first + i),
    formatCount(count),
    formatPercent(total ? count / total : 0),
  ]);
  return table(
    l10n.t('Weights by code'),
    [l10n.t('Code'), l10n.t('Weights'), l10n.t('Share')],
    rows,
  );
}

/** A map as a table: a row of it for each row of the picture. */
export function createMapTable(title: string, map: ReducedMap): HTMLElement {
  const { rows, cols, means } = map;
  const heads = Array.from({ length: cols }, (_, col) => mapGroupsText(map, col));
  const lines = Array.from({ length: rows }, (_, row) => [
    mapRowsText(map, row),
    ...means.slice(row * cols, (row + 1) * cols).map(figure),
  ]);
  const caption = isReduced(map)
    ? l10n.t('Means of {0} by row and group', title)
    : l10n.t('Values of {0} by row and group', title);
  return table(caption, ['', ...heads], lines);
}

/** Four digits, and all of them on demand. */
export function figure(x: number | null): HTMLElement {
  return h('span', { title: x === null ? undefined : String(x) }, formatFigure(x));
}

/** A scrollable table; it takes the keyboard, so that it can be scrolled without a mouse. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly Cell[][],
): HTMLElement {
  const head = heads.map(text => (text ? h('th', { scope: 'col' }, text) : h('td', {})));
  const lines = rows.map(([first, ...rest]) =>
    h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map(cell => h('td', {}, cell))),
  );
  const element = h(
    'table',
    { class: 'figures' },
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...lines),
  );
  const box = { class: 'stored-table', tabindex: 0, role: 'region', 'aria-label': caption };
  return h('div', box, element);
}
