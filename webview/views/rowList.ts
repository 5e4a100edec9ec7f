import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import { h, setAttribute, setText, show } from '../dom';
import type { RowCache } from '../rowCache';
import { keepOrder } from './rowOrder';
import { rowTarget } from './tableKeys';

const overscan = 12;
/** Height of a row, in font sizes. */
const rowEms = 1.75;

/** What a list needs of the table it is in. */
export interface RowListOptions<R extends { readonly element: HTMLElement }> {
  /** For those who cannot see it. */
  readonly label: string;
  readonly rows: Pick<RowCache<unknown>, 'total' | 'want'>;
  /** Makes an empty row; rows out of sight are used again for others. */
  make(): R;
  /** Fills a row. The active one is the one that has the keyboard, or gets it. */
  draw(row: R, index: number, isActive: boolean): void;
  /** Where the user was when the page was left: it scrolls there after the first rows have come. */
  savedScroll(): number;
  /** A row was clicked; it is the active one by now. */
  onClick(index: number): void;
}

/** The rows of a table, of which only those in sight are elements; one of them is active and takes the keyboard. */
export interface RowList {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  /** Place of the head, which stays while the rows scroll. */
  readonly head: HTMLElement;
  readonly body: HTMLElement;
  readonly active: number;
  /** Takes the height of a row from the size of the font. */
  measure(): void;
  /** Draws the rows in sight. */
  render(): void;
  /** Draws after the number of rows may have changed; the text is for when there are none. */
  refresh(emptyText: string): void;
  /** Drops all row elements: they are to be made anew. */
  clear(): void;
  /** Makes a row active, in sight, and gives it the keyboard. */
  setActive(index: number): void;
  /** The same for a key that moves; false for others. */
  moveBy(key: string): boolean;
  /** Puts the keyboard on a row in sight. */
  focus(): void;
  toTop(): void;
  /** Makes a row active without taking the keyboard from elsewhere; brings it into sight unless `scrolls` is false. */
  reveal(index: number, scrolls?: boolean): void;
  /** Brings the active row into sight again. */
  keepInSight(): void;
  /** Index of the row that an element is in; null where it is in none. */
  indexOf(target: EventTarget | null): number | null;
}

/** Makes a list without rows, to be measured and refreshed when there are some. */
export function createRowList<R extends { readonly element: HTMLElement }>(
  options: RowListOptions<R>,
): RowList {
  const { label, rows } = options;
  const { body, head, scroller, empty, element } = makeElements(label);
  const shown = new Map<number, R>();
  const spare: R[] = [];
  let active = 0;
  let rowHeight = 22;
  let restored = false;

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
    rowHeight = Math.round(fontSize * rowEms);
    element.style.setProperty('--row-height', `${rowHeight}px`);
    virtualizer.measure();
  }

  function configure(): void {
    const margin = head.offsetHeight;
    virtualizer.setOptions({
      ...virtualizer.options,
      ...{ count: rows.total ?? 0, scrollMargin: margin, scrollPaddingStart: margin },
      estimateSize: () => rowHeight,
    });
    virtualizer._willUpdate();
  }

  /** Called while scrolling, so it does no more than that. */
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
    const inOrder = [...shown].sort(([a], [b]) => a - b);
    keepOrder(
      body,
      inOrder.map(([, row]) => row.element),
    );
    const { range } = virtualizer;
    if (range) rows.want(range.startIndex, range.endIndex + 1);
  }

  function draw(index: number): void {
    const row = shown.get(index) ?? spare.pop() ?? options.make();
    shown.set(index, row);
    row.element.style.transform = `translateY(${index * rowHeight}px)`;
    options.draw(row, index, index === active);
  }

  function refresh(emptyText: string): void {
    setAttribute(scroller, 'aria-rowcount', (rows.total ?? 0) + 1);
    active = Math.max(0, Math.min(active, (rows.total ?? 1) - 1));
    show(empty, rows.total === 0);
    setText(empty, emptyText);
    const hadFocus = body.contains(document.activeElement);
    configure();
    restoreScroll();
    render();
    if (hadFocus && !body.contains(document.activeElement)) shown.get(active)?.element.focus();
  }

  function restoreScroll(): void {
    if (rows.total === null || restored) return;
    restored = true;
    if (options.savedScroll() > 0) scrollTo(options.savedScroll());
  }

  /** The event tells the virtualizer at once: its own would come after a frame with the wrong rows. */
  function scrollTo(top: number): void {
    scroller.scrollTop = top;
    scroller.dispatchEvent(new Event('scroll'));
  }

  function focusActive(): void {
    shown.get(active)?.element.focus({ preventScroll: true });
  }

  function keepInSight(): void {
    virtualizer.scrollToIndex(active, { align: 'auto' });
  }

  function setActive(index: number): void {
    const last = (rows.total ?? 0) - 1;
    if (last < 0) return;
    active = Math.max(0, Math.min(last, index));
    keepInSight();
    render();
    focusActive();
  }

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
    options.onClick(index);
  });

  return {
    ...{ element, scroller, head, body, measure, render, refresh, setActive, keepInSight, indexOf },
    get active() {
      return active;
    },
    clear() {
      body.replaceChildren();
      shown.clear();
      spare.length = 0;
    },
    moveBy(key) {
      const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 2);
      const target = rowTarget(key, active, page, (rows.total ?? 1) - 1);
      if (target !== null) setActive(target);
      return target !== null;
    },
    /** Without scrolling: what the user looked at stays in sight. */
    focus() {
      const { range } = virtualizer;
      if (range && (active < range.startIndex || active > range.endIndex))
        active = range.startIndex;
      render();
      focusActive();
    },
    toTop() {
      active = 0;
      scrollTo(0);
    },
    reveal(index, scrolls = true) {
      const focused = body.contains(document.activeElement);
      active = index;
      configure();
      if (scrolls) keepInSight();
      render();
      if (focused) focusActive();
    },
  };
}

function makeElements(label: string) {
  const body = h('div', { class: 'table-body', role: 'rowgroup' });
  const head = h('div', { class: 'table-head', role: 'rowgroup' });
  const scroller = h('div', { class: 'table-scroll', 'aria-label': label }, head, body);
  const empty = h('div', { class: 'table-empty', hidden: true });
  const element = h('section', { class: 'table', 'aria-label': label }, scroller, empty);
  return { body, head, scroller, empty, element };
}

function indexOf(target: EventTarget | null): number | null {
  const found = (target as HTMLElement | null)?.closest?.('.row');
  const index = Number(found?.getAttribute('aria-rowindex')) - 2;
  return found && index >= 0 ? index : null;
}
