import * as l10n from '@vscode/l10n';
import type { PairRow } from '../../src/protocol/compare';
import { h, icon, setAttribute, setText } from '../dom';
import { formatCount, splitName } from '../format';
import type { PairColumn } from './columns';

/** What a row shows beside its data. */
export interface RowFlags {
  readonly index: number;
  readonly selected: boolean;
  readonly active: boolean;
}

/** One recycled row element. */
export interface PairRowElement {
  readonly element: HTMLElement;
  update(row: PairRow | undefined, flags: RowFlags): void;
}

/** Makes an empty row for these columns. */
export function createPairRow(columns: readonly PairColumn[]): PairRowElement {
  const start = h('span');
  const tail = h('span', { class: 'tail' });
  const note = h('span', { class: 'note' });
  const badges = h('span', { class: 'badges' });
  const name = h('span', { class: 'name' }, h('span', { class: 'head' }, start), tail);
  const cells = columns.map((column, i) =>
    h('div', { class: `cell ${column.id}`, role: 'gridcell', 'aria-colindex': i + 1 }),
  );
  cells[0]?.append(name, note, badges);
  const element = h('div', { class: 'row', role: 'row' }, ...cells);
  let shown: PairRow | undefined;

  function fill(row: PairRow | undefined): void {
    element.classList.toggle('waiting', !row);
    setAttribute(element, 'data-pair', row?.pair);
    columns.forEach((column, i) => {
      if (i === 0) return;
      const text = row ? column.text(row) : '';
      setText(cells[i]!, text);
      setAttribute(cells[i]!, 'title', text || undefined);
    });
    const parts = splitName(row?.name ?? '');
    setText(start, parts.head);
    setText(tail, parts.tail);
    setText(note, row?.otherName ? `↔ ${row.otherName}` : '');
    badges.replaceChildren(...(row ? signsOf(row).map(badge) : []));
    setAttribute(cells[0]!, 'title', row && titleOf(row));
  }

  return {
    element,
    update(row, { index, selected, active }) {
      if (row !== shown || !row) fill(row);
      shown = row;
      setAttribute(element, 'aria-rowindex', index + 2);
      element.setAttribute('aria-selected', String(selected));
      setAttribute(element, 'tabindex', active ? 0 : -1);
    },
  };
}

function titleOf({ name, otherName, error }: PairRow): string {
  const names = otherName ? `${name}\n↔ ${otherName}` : name;
  return error ? `${names}\n${error}` : names;
}

/** What an icon beside a name says. */
export interface RowSign {
  readonly icon: 'error' | 'warning';
  readonly text: string;
}

/** What is to be known of a pair beside its figures: why there are none, or what they leave out. */
export function signsOf({ error, figures }: PairRow): RowSign[] {
  const signs: RowSign[] = [];
  if (error) signs.push({ icon: 'error', text: l10n.t('Not compared: {0}', error) });
  if (figures?.nonFinite) signs.push({ icon: 'warning', text: leftOutText(figures.nonFinite) });
  return signs;
}

function leftOutText(values: number): string {
  return values === 1
    ? l10n.t('1 value is NaN or infinite in one of the two: left out')
    : l10n.t('{0} values are NaN or infinite in one of the two: left out', formatCount(values));
}

function badge({ icon: name, text }: RowSign): HTMLElement {
  const about = { class: `badge ${name}`, role: 'img', 'aria-label': text, title: text };
  return h('span', about, icon(name));
}
