import type { GroupRow, Row, TensorRow } from '../../src/protocol/editor';
import { h, icon, setAttribute, setText } from '../dom';
import { formatCount, formatCountOf, splitName } from '../format';
import type { Column } from './columns';

/** What a row shows beside its data. */
export interface RowFlags {
  readonly index: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly grouped: boolean;
}

/** One recycled row element. */
export interface RowElement {
  readonly element: HTMLElement;
  update(row: Row | undefined, flags: RowFlags): void;
}

const statusIcons: Partial<Record<TensorRow['status'], readonly [icon: string, text: string]>> = {
  failed: ['error', 'Analysis failed; select the tensor for the reason'],
  running: ['loading', 'Being analysed'],
};

/** Makes an empty row for these columns. */
export function createRow(columns: readonly Column[]): RowElement {
  const twisty = h('span', { class: 'twisty' });
  const start = h('span');
  const head = h('span', { class: 'head' }, start);
  const tail = h('span', { class: 'tail' });
  const note = h('span', { class: 'note' });
  const badges = h('span', { class: 'badges' });
  const name = h('span', { class: 'name' }, head, tail);
  const cells = columns.map((column, i) =>
    h('div', { class: `cell ${column.id}`, role: 'gridcell', 'aria-colindex': i + 1 }),
  );
  cells[0]?.append(twisty, name, note, badges);
  const element = h('div', { class: 'row', role: 'row' }, ...cells);
  let shown: Row | undefined;
  let flags: RowFlags | undefined;

  function fill(row: Row | undefined): void {
    element.classList.toggle('group', row?.kind === 'group');
    element.classList.toggle('waiting', !row);
    setAttribute(element, 'data-tensor', row?.kind === 'tensor' ? row.tensor : undefined);
    setAttribute(element, 'data-group', row?.kind === 'group' ? row.path : undefined);
    columns.forEach((column, i) => {
      if (i === 0) return;
      const text = cellText(column, row);
      setText(cells[i]!, text);
      if (column.id === 'dtype') setAttribute(cells[i]!, 'title', text || undefined);
    });
    cells[0]!.style.paddingInlineStart = `${0.4 + (row?.depth ?? 0) * 0.75}em`;
    if (row?.kind === 'group') fillGroup(row);
    else fillTensor(row);
  }

  function fillGroup(row: GroupRow): void {
    const name = row.collapsed ? 'chevron-right' : 'chevron-down';
    twisty.className = `twisty codicon codicon-${name}`;
    setText(start, '');
    setText(tail, row.label);
    note.replaceChildren(
      formatCount(row.tensors),
      h('span', { class: 'visually-hidden' }, ' tensors'),
    );
    badges.replaceChildren();
    setAttribute(cells[0]!, 'title', `${row.path}\n${formatCountOf(row.tensors, 'tensor')}`);
    setAttribute(element, 'aria-expanded', row.collapsed ? 'false' : 'true');
  }

  function fillTensor(row: TensorRow | undefined): void {
    twisty.className = 'twisty';
    const name = splitName(row?.label ?? '');
    setText(start, name.head);
    setText(tail, name.tail);
    setText(note, '');
    badges.replaceChildren(...(row ? makeBadges(row) : []));
    setAttribute(cells[0]!, 'title', row?.name);
    setAttribute(element, 'aria-expanded', undefined);
  }

  return {
    element,
    update(row, next) {
      if (row !== shown || !flags) fill(row);
      setAttribute(element, 'aria-rowindex', next.index + 2);
      element.setAttribute('aria-selected', String(next.selected));
      setAttribute(element, 'aria-level', next.grouped ? (row?.depth ?? 0) + 1 : undefined);
      setAttribute(element, 'tabindex', next.active ? 0 : -1);
      shown = row;
      flags = next;
    },
  };
}

function cellText(column: Column, row: Row | undefined): string {
  if (!row) return '';
  return row.kind === 'group' ? column.group(row) : column.text(row);
}

function makeBadges(row: TensorRow): HTMLElement[] {
  const badges: HTMLElement[] = [];
  const status = statusIcons[row.status];
  if (status) badges.push(badge(status[0], status[1]));
  if (row.findings) badges.push(badge('warning', formatCountOf(row.findings, 'finding')));
  return badges;
}

function badge(name: string, text: string): HTMLElement {
  return h(
    'span',
    { class: `badge ${name}`, role: 'img', 'aria-label': text, title: text },
    icon(name),
  );
}
