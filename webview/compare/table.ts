import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import * as l10n from '@vscode/l10n';
import type { PairId } from '../../src/protocol/compare';
import { onThemeChange } from '../charts/theme';
import { h, setAttribute, setText, show } from '../dom';
import { keepOrder } from '../views/rowOrder';
import { createTableHead } from '../views/tableHead';
import { rowTarget } from '../views/tableKeys';
import { pairColumns } from './columns';
import { createPairRow, type PairRowElement } from './pairRow';
import type { CompareSession, Part } from './session';

const overscan = 12;

/** The table of pairs. */
export interface PairTable {
  readonly element: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  /** Puts the keyboard on a row in sight. */
  focus(): void;
  /** Brings a pair into sight. */
  reveal(pair: PairId): Promise<void>;
  destroy(): void;
}

/** Makes the table of two models with these names. */
export function createPairTable(session: CompareSession, a: string, b: string): PairTable {
  const { state, rows } = session;
  const columns = pairColumns(a, b);
  const head = createTableHead(columns, next => session.setView(next), takeFocus);
  const headGroup = h('div', { class: 'table-head', role: 'rowgroup' }, head.element);
  const body = h('div', { class: 'table-body', role: 'rowgroup' });
  const scroller = h(
    'div',
    {
      class: 'table-scroll',
      role: 'grid',
      'aria-label': l10n.t('Pairs'),
      'aria-colcount': columns.length,
    },
    headGroup,
    body,
  );
  const empty = h('div', { class: 'table-empty', hidden: true });
  const element = h('section', { class: 'table', 'aria-label': l10n.t('Pairs') }, scroller, empty);
  const shown = new Map<number, PairRowElement>();
  const spare: PairRowElement[] = [];
  let active = 0;
  let rowHeight = 22;
  let restored = false;
  let toTop = false;

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
    const row = shown.get(index) ?? spare.pop() ?? createPairRow(columns);
    shown.set(index, row);
    const data = rows.row(index);
    const selected = data !== undefined && data.pair === state.saved.selected?.pair;
    row.element.style.transform = `translateY(${index * rowHeight}px)`;
    row.update(data, { index, selected, active: index === active });
  }

  function refresh(): void {
    const view = session.view();
    head.update(view);
    setAttribute(scroller, 'aria-rowcount', (rows.total ?? 0) + 1);
    active = Math.max(0, Math.min(active, (rows.total ?? 1) - 1));
    show(empty, rows.total === 0);
    setText(
      empty,
      view.filter
        ? l10n.t('No pair matches “{0}”.', view.filter)
        : l10n.t('No weight has a counterpart.'),
    );
    const hadFocus = body.contains(document.activeElement);
    configure();
    if (rows.total !== null && !restored) {
      restored = true;
      if (state.saved.scrollTop > 0) scrollTo(state.saved.scrollTop);
    }
    render();
    if (hadFocus && !body.contains(document.activeElement)) shown.get(active)?.element.focus();
  }

  /** The event tells the virtualizer at once: its own would come after a frame with the wrong rows. */
  function scrollTo(top: number): void {
    scroller.scrollTop = top;
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

  function select(index: number): void {
    const row = rows.row(index);
    if (row) session.select(row);
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
    else if (event.key === 'Enter' || event.key === ' ') select(active);
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
    select(index);
  });
  const keepScroll = () => session.setLayout({ scrollTop: scroller.scrollTop });
  scroller.addEventListener('scrollend', keepScroll, { passive: true });
  const stopTheme = onThemeChange(() => {
    measure();
    refresh();
  });

  return {
    element,
    update(changed) {
      if (changed.has('order')) toTop = true;
      if (changed.has('rows') && toTop) {
        toTop = false;
        active = 0;
        scrollTo(0);
      }
      if (changed.has('view') && virtualizer.options.count === 0) measure();
      if (changed.has('view') || changed.has('rows') || changed.has('order')) refresh();
      if (changed.has('selection')) render();
    },
    focus: takeFocus,
    async reveal(pair) {
      const index = await session.find(pair);
      if (index === null || state.saved.selected?.pair !== pair) return;
      active = index;
      virtualizer.scrollToIndex(index, { align: 'auto' });
      render();
    },
    destroy: stopTheme,
  };
}
