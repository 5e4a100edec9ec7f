import * as l10n from '@vscode/l10n';
import type { GroupRow, Row, TensorRow } from '../../src/protocol/editor';
import type { Heat } from '../charts/heat';
import { createKindBadge } from '../charts/kinds';
import { findingCount, tensorCount } from '../counts';
import { h, icon, setAttribute, setText } from '../dom';
import { formatCount, splitName } from '../format';
import type { Column } from './columns';

/** What a row shows beside its data. */
export interface RowFlags {
  readonly index: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly grouped: boolean;
  /** Backgrounds of the cells that tell a scheme's figure; null while nothing is known. */
  readonly heat: Heat | null;
}

/** One recycled row element. */
export interface RowElement {
  readonly element: HTMLElement;
  update(row: Row | undefined, flags: RowFlags): void;
}

/** A status that is worth a sign: its icon and its meaning. */
function statusSign(status: TensorRow['status']): readonly [icon: string, text: string] | null {
  if (status === 'failed')
    return ['error', l10n.t('Analysis failed; select the tensor for the reason')];
  return status === 'running' ? ['loading', l10n.t('Being analysed')] : null;
}

/** Makes an empty row for these columns. */
export function createRow(columns: readonly Column[]): RowElement {
  const twisty = h('span', { class: 'twisty' });
  const start = h('span');
  const head = h('span', { class: 'head' }, start);
  const tail = h('span', { class: 'tail' });
  const note = h('span', { class: 'note' });
  const badges = h('span', { class: 'badges' });
  const kind = h('span', { class: 'kind-place' });
  const name = h('span', { class: 'name' }, head, tail);
  const cells = columns.map((column, i) =>
    h('div', { class: `cell ${column.id}`, role: 'gridcell', 'aria-colindex': i + 1 }),
  );
  cells[0]?.append(twisty, kind, name, note, badges);
  const element = h('div', { class: 'row', role: 'row' }, ...cells);
  let shown: Row | undefined;
  let flags: RowFlags | undefined;

  function fill(row: Row | undefined): void {
    element.classList.toggle('group', row?.kind === 'group');
    element.classList.toggle('waiting', !row);
    setAttribute(element, 'data-tensor', row?.kind === 'tensor' ? row.tensor : undefined);
    setAttribute(element, 'data-vscode-context', row?.kind === 'tensor' ? menuOf(row) : undefined);
    setAttribute(element, 'data-group', row?.kind === 'group' ? row.path : undefined);
    columns.forEach((column, i) => {
      if (i === 0) return;
      const text = cellText(column, row);
      setText(cells[i]!, text);
      const tip = row?.kind === 'tensor' ? column.tip?.(row) : null;
      setAttribute(cells[i]!, 'title', tip || undefined);
    });
    cells[0]!.style.paddingInlineStart = `${0.4 + (row?.depth ?? 0) * 0.75}em`;
    if (row?.kind === 'group') fillGroup(row);
    else fillTensor(row);
  }

  function paint(row: Row | undefined, heat: Heat | null): void {
    columns.forEach(({ scheme }, i) => {
      if (scheme === undefined) return;
      const figure = row?.kind === 'tensor' ? row.sqnrDb[scheme] : null;
      const color = heat?.(figure) ?? null;
      if (color === null) cells[i]!.style.removeProperty('--heat');
      else cells[i]!.style.setProperty('--heat', color);
    });
  }

  function fillGroup(row: GroupRow): void {
    const name = row.collapsed ? 'chevron-right' : 'chevron-down';
    twisty.className = `twisty codicon codicon-${name}`;
    setText(start, '');
    setText(tail, row.label);
    note.replaceChildren(
      formatCount(row.tensors),
      h('span', { class: 'visually-hidden' }, ` ${l10n.t('tensors')}`),
    );
    badges.replaceChildren();
    kind.replaceChildren();
    setAttribute(cells[0]!, 'title', `${row.path}\n${tensorCount(row.tensors)}`);
    setAttribute(element, 'aria-expanded', row.collapsed ? 'false' : 'true');
  }

  function fillTensor(row: TensorRow | undefined): void {
    twisty.className = 'twisty';
    const name = splitName(row?.label ?? '');
    setText(start, name.head);
    setText(tail, name.tail);
    setText(note, '');
    badges.replaceChildren(...(row ? makeBadges(row) : []));
    kind.replaceChildren(...(row ? [createKindBadge(row.tensorKind)] : []));
    setAttribute(cells[0]!, 'title', row?.name);
    setAttribute(element, 'aria-expanded', undefined);
  }

  return {
    element,
    update(row, next) {
      if (row !== shown || !flags) fill(row);
      if (row !== shown || flags?.heat !== next.heat) paint(row, next.heat);
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
  const status = statusSign(row.status);
  if (status) badges.push(badge(status[0], status[1]));
  if (row.findings) badges.push(badge('warning', findingCount(row.findings)));
  return badges;
}

function badge(name: string, text: string): HTMLElement {
  return h(
    'span',
    { class: `badge ${name}`, role: 'img', 'aria-label': text, title: text },
    icon(name),
  );
}

/** What VS Code's menus know of a row: its name goes to the command. */
function menuOf({ name }: TensorRow): string {
  const context = { webviewSection: 'tensor', tensor: name };
  return JSON.stringify({ ...context, preventDefaultContextMenuItems: true });
}
