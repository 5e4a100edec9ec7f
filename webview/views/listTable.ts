import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import { onThemeChange } from '../charts/theme';
import { h, setAttribute, setText, show } from '../dom';
import type { RowCache } from '../rowCache';
import type { HeadColumn, Sorting } from './columns';
import { keepOrder } from './rowOrder';
import { createTableHead } from './tableHead';
import { rowTarget } from './tableKeys';

const overscan = 12;

/** One recycled row of a list. */
export interface ListRow<R> {
  readonly element: HTMLElement;
  update(
    row: R | undefined,
    flags: { readonly index: number; readonly selected: boolean; readonly active: boolean },
  ): void;
}

/** What a list shows, and what happens in it. */
export interface ListTableOptions<R, K extends string> {
  readonly label: string;
  readonly columns: readonly HeadColumn<K>[];
  readonly rows: RowCache<R>;
  createRow(): ListRow<R>;
  sorting(): Sorting<K>;
  emptyText(): string;
  isSelected(row: R): boolean;
  onSort(next: Sorting<K>): void;
  /** A click, or the space bar. */
  onPick(row: R): void;
  /** A double click, or Enter. */
  onOpen(row: R): void;
}

/** A flat table of very many rows, of which those in sight are drawn. Its element has the number of rows as `--rows`. */
export interface ListTable {
  readonly element: HTMLElement;
  /** Draws what rows there are now. */
  refresh(): void;
  /** Another order is on its way: it starts at its top. */
  startOver(): void;
  /** Brings a row into sight. */
  reveal(index: number): void;
  /** Puts the keyboard on a row in sight. */
  focus(): void;
  destroy(): void;
}

/** Makes a table without rows. */
export function createListTable<R, K extends string>(options: ListTableOptions<R, K>): ListTable {
  const { rows, columns, label } = options;
  const head = createTableHead(columns, options.onSort, takeFocus);
  const headGroup = h('div', { class: 'table-head', role: 'rowgroup' }, head.element);
  const body = h('div', { class: 'table-body', role: 'rowgroup' });
  const scroller = h(
    'div',
    { class: 'table-scroll', role: 'grid', 'aria-label': label, 'aria-colcount': columns.length },
    headGroup,
    body,
  );
  const empty = h('div', { class: 'table-empty', hidden: true });
  const element = h('section', { class: 'table', 'aria-label': label }, scroller, empty);
  const shown = new Map<number, ListRow<R>>();
  const spare: ListRow<R>[] = [];
  let active = 0;
  let rowHeight = 0;
  let isOtherOrder = false;

  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
    ...{ count: 0, overscan, observeElementRect, observeElementOffset },
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    scrollToFn: elementScroll,
    onChange: () => render(),
  });
  virtualizer._didMount();

  function measure(): void {
    const fontSize = Number.parseFloat(getComputedStyle(element).fontSize) || 13;
    rowHeight = Math.round(fontSize * 1.75);
    element.style.setProperty('--row-height', `${rowHeight}px`);
    virtualizer.measure();
  }

  function configure(): void {
    const margin = headGroup.offsetHeight;
    virtualizer.setOptions({
      ...virtualizer.options,
      ...{ count: rows.total ?? 0, scrollMargin: margin, scrollPaddingStart: margin },
      estimateSize: () => rowHeight,
    });
    virtualizer._willUpdate();
  }

  /** Draws the rows in sight; called while scrolling, so it does no more than that. */
  function render(): void {
    const count = rows.total ?? 0;
    body.style.height = `${count * rowHeight}px`;
    const wanted = new Set(virtualizer.getVirtualItems().map(item => item.index));
    if (active < count) wanted.add(active); // out of sight it still has the keyboard
    for (const [index, row] of shown)
      if (!wanted.has(index)) {
        shown.delete(index);
        spare.push(row);
      }
    for (const index of wanted) draw(index);
    for (const row of spare) row.element.remove();
    const inOrder = [...shown].sort(([x], [y]) => x - y);
    keepOrder(
      body,
      inOrder.map(([, row]) => row.element),
    );
    const { range } = virtualizer;
    if (range) rows.want(range.startIndex, range.endIndex + 1);
  }

  function draw(index: number): void {
    const row = shown.get(index) ?? spare.pop() ?? options.createRow();
    shown.set(index, row);
    const data = rows.row(index);
    const selected = data !== undefined && options.isSelected(data);
    row.element.style.transform = `translateY(${index * rowHeight}px)`;
    row.update(data, { index, selected, active: index === active });
  }

  function refresh(): void {
    if (rowHeight === 0 && element.isConnected) measure();
    head.update(options.sorting());
    setAttribute(scroller, 'aria-rowcount', (rows.total ?? 0) + 1);
    element.style.setProperty('--rows', String(rows.total ?? 0));
    active = Math.max(0, Math.min(active, (rows.total ?? 1) - 1));
    show(empty, rows.total === 0);
    setText(empty, options.emptyText());
    const hadFocus = body.contains(document.activeElement);
    configure();
    if (isOtherOrder) startAtTop();
    render();
    if (rows.total === null) rows.want(0, 1);
    if (hadFocus && !body.contains(document.activeElement)) shown.get(active)?.element.focus();
  }

  /** The event tells the virtualizer at once: its own would come after a frame with the wrong rows. */
  function startAtTop(): void {
    isOtherOrder = false;
    active = 0;
    scroller.scrollTop = 0;
    scroller.dispatchEvent(new Event('scroll'));
  }

  function setActive(index: number): void {
    const last = (rows.total ?? 0) - 1;
    if (last < 0) return;
    active = Math.max(0, Math.min(last, index));
    virtualizer.scrollToIndex(active, { align: 'auto' });
    render();
    shown.get(active)?.element.focus({ preventScroll: true });
  }

  /** Focus without scrolling: what the user looked at stays in sight. */
  function takeFocus(): void {
    const { range } = virtualizer;
    if (range && (active < range.startIndex || active > range.endIndex)) active = range.startIndex;
    render();
    shown.get(active)?.element.focus({ preventScroll: true });
  }

  function withRow(index: number, use: (row: R) => void): void {
    const row = rows.row(index);
    if (row !== undefined) use(row);
  }

  function indexOf(target: EventTarget | null): number | null {
    const found = (target as HTMLElement | null)?.closest?.('.row');
    const index = Number(found?.getAttribute('aria-rowindex')) - 2;
    return found && index >= 0 ? index : null;
  }

  body.addEventListener('keydown', event => {
    const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 2);
    const target = rowTarget(event.key, active, page, (rows.total ?? 1) - 1);
    if (target !== null) setActive(target);
    else if (event.key === 'Enter') withRow(active, options.onOpen);
    else if (event.key === ' ') withRow(active, options.onPick);
    else return;
    event.preventDefault();
  });
  body.addEventListener('focusin', event => {
    const index = indexOf(event.target);
    if (index === null || index === active) return;
    active = index;
    render();
  });
  body.addEventListener('click', event => {
    const index = indexOf(event.target);
    if (index === null) return;
    setActive(index);
    withRow(index, options.onPick);
  });
  body.addEventListener('dblclick', event => {
    const index = indexOf(event.target);
    if (index !== null) withRow(index, options.onOpen);
  });
  const stopTheme = onThemeChange(() => {
    measure();
    refresh();
  });

  return {
    element,
    refresh,
    startOver() {
      isOtherOrder = true;
    },
    reveal(index) {
      active = index;
      configure();
      virtualizer.scrollToIndex(index, { align: 'auto' });
      render();
    },
    focus: takeFocus,
    destroy: stopTheme,
  };
}
