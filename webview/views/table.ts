import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import * as l10n from '@vscode/l10n';
import type { Row, SortKey, TensorId } from '../../src/protocol/editor';
import { createHeat, type Heat } from '../charts/heat';
import { onThemeChange, readTheme } from '../charts/theme';
import { h, setAttribute, setText, show } from '../dom';
import type { Part, Session } from '../session';
import { hostView } from '../state';
import { type Column, makeColumns } from './columns';
import { keepOrder } from './rowOrder';
import { createTableHead, type TableHead } from './tableHead';
import { parentOf, rowTarget } from './tableKeys';
import { createRow, type RowElement } from './tableRow';

const overscan = 12;

/** The table of tensors. */
export interface Table {
  readonly element: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  /** Puts the keyboard on a row in sight. */
  focus(): void;
  destroy(): void;
}

/** Makes the table. `onHover` tells which tensor is pointed at. */
export function createTable(session: Session, onHover: (tensor: TensorId | null) => void): Table {
  const { state, rows } = session;
  const body = h('div', { class: 'table-body', role: 'rowgroup' });
  const headGroup = h('div', { class: 'table-head', role: 'rowgroup' });
  const scroller = h(
    'div',
    { class: 'table-scroll', 'aria-label': l10n.t('Tensors') },
    headGroup,
    body,
  );
  const empty = h('div', { class: 'table-empty', hidden: true });
  const element = h(
    'section',
    { class: 'table', 'aria-label': l10n.t('Tensors') },
    scroller,
    empty,
  );
  const shown = new Map<number, RowElement>();
  const spare: RowElement[] = [];
  let columns: readonly Column[] = [];
  let head: TableHead<SortKey> | undefined;
  let active = 0;
  let rowHeight = 22;
  let restored = false;
  let toTop = false;
  let order = '';
  let unrevealed: TensorId | null = null;
  let keepInSight = false;
  let heat: Heat | null = null;
  let heatOf = '';

  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
    count: 0,
    overscan,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => render(),
  });
  virtualizer._didMount();

  function measure(): void {
    const fontSize = Number.parseFloat(getComputedStyle(element).fontSize);
    rowHeight = Math.round(fontSize * 1.75);
    element.style.setProperty('--row-height', `${rowHeight}px`);
    virtualizer.measure();
  }

  function configure(): void {
    const margin = headGroup.offsetHeight;
    virtualizer.setOptions({
      ...virtualizer.options,
      count: rows.total ?? 0,
      scrollMargin: margin,
      scrollPaddingStart: margin,
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
    for (const index of wanted) {
      const row = shown.get(index) ?? take(index);
      row.element.style.transform = `translateY(${index * rowHeight}px)`;
      row.update(rows.row(index), flags(index));
    }
    for (const row of spare) row.element.remove();
    keepOrder(
      body,
      [...shown].sort(([a], [b]) => a - b).map(([, row]) => row.element),
    );
    const range = virtualizer.range;
    if (range) rows.want(range.startIndex, range.endIndex + 1);
  }

  function take(index: number): RowElement {
    const row = spare.pop() ?? createRow(columns);
    shown.set(index, row);
    return row;
  }

  function flags(index: number) {
    const row = rows.row(index);
    const selected = row?.kind === 'tensor' && row.tensor === state.selected;
    const { grouped } = hostView(state.saved);
    return { index, selected, active: index === active, grouped, heat };
  }

  /** Colours go by the whole model's figures: they stay as they are while the table is filtered and the charts zoomed. */
  function updateHeat(): void {
    const range = state.series?.sqnrRange ?? null;
    const next = JSON.stringify(range);
    if (next === heatOf) return;
    heatOf = next;
    heat = range && createHeat(readTheme(), range);
    render();
  }

  /** Whether the columns are others now; the rows are then to be drawn anew. */
  function rebuildColumns(): boolean {
    const { schemes, sigma } = state.doc ?? { schemes: [], sigma: 6 };
    const { hiddenSchemes } = state.saved;
    const key = JSON.stringify([schemes, sigma, hiddenSchemes]);
    if (element.dataset.columns === key) return false;
    element.dataset.columns = key;
    columns = makeColumns(schemes, sigma, hiddenSchemes);
    element.classList.toggle(
      'many-schemes',
      columns.filter(c => c.scheme !== undefined).length > 2,
    );
    head = createTableHead(columns, next => session.setView(next), takeFocus);
    head.paint();
    headGroup.replaceChildren(head.element);
    setAttribute(scroller, 'aria-colcount', columns.length);
    body.replaceChildren();
    shown.clear();
    spare.length = 0;
    measure();
    return true;
  }

  function refresh(): void {
    const view = hostView(state.saved);
    setAttribute(scroller, 'role', view.grouped ? 'treegrid' : 'grid');
    setAttribute(scroller, 'aria-rowcount', (rows.total ?? 0) + 1);
    head?.update(view);
    active = Math.max(0, Math.min(active, (rows.total ?? 1) - 1));
    show(empty, rows.total === 0);
    setText(empty, l10n.t('No tensor matches “{0}”.', view.filter));
    const hadFocus = body.contains(document.activeElement);
    configure();
    restoreScroll();
    render();
    if (hadFocus && !body.contains(document.activeElement)) shown.get(active)?.element.focus();
  }

  /** Another order starts at its top, as soon as its rows are there. */
  function noteOrder(): void {
    const { filter, sort, descending, grouped } = hostView(state.saved);
    const next = JSON.stringify([filter, sort, descending, grouped]);
    toTop = order !== '' && order !== next;
    order = next;
  }

  /** After the first rows came: back to where the user was. */
  function restoreScroll(): void {
    if (rows.total === null) return;
    if (!restored && state.saved.scrollTop > 0) scrollTo(state.saved.scrollTop);
    restored = true;
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
    const range = virtualizer.range;
    if (range && (active < range.startIndex || active > range.endIndex)) active = range.startIndex;
    render();
    shown.get(active)?.element.focus({ preventScroll: true });
  }

  function activate(index: number): void {
    const row = rows.row(index);
    if (row?.kind === 'group') toggle(row.path);
    else if (row) session.select(row.tensor, 'table');
  }

  /** Selects a tensor and shows it alone; a group opens or closes. */
  function openLayer(index: number): void {
    activate(index);
    if (rows.row(index)?.kind === 'tensor') session.showView('layer');
  }

  function toggle(path: string): void {
    const { collapsed } = state.saved;
    const open = collapsed.filter(p => p !== path);
    session.setView({ collapsed: open.length < collapsed.length ? open : [...collapsed, path] });
  }

  function onKey(event: KeyboardEvent): void {
    const row = rows.row(active);
    const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 2);
    const target = rowTarget(event.key, active, page, (rows.total ?? 1) - 1);
    if (target !== null) setActive(target);
    else if (event.key === 'Enter') openLayer(active);
    else if (event.key === ' ') activate(active);
    else if (event.key === 'ArrowRight') openOrEnter(row);
    else if (event.key === 'ArrowLeft') closeOrLeave(row);
    else return;
    event.preventDefault();
  }

  function openOrEnter(row: Row | undefined): void {
    if (row?.kind !== 'group') return;
    if (row.collapsed) toggle(row.path);
    else setActive(active + 1);
  }

  function closeOrLeave(row: Row | undefined): void {
    if (row?.kind === 'group' && !row.collapsed) {
      toggle(row.path);
      return;
    }
    const parent = parentOf(active, index => rows.row(index));
    if (parent !== null) setActive(parent);
  }

  function indexOf(target: EventTarget | null): number | null {
    const found = (target as HTMLElement | null)?.closest?.('.row');
    const index = Number(found?.getAttribute('aria-rowindex')) - 2;
    return found && index >= 0 ? index : null;
  }

  /** Brings the selected tensor into sight, unless it was selected right here. */
  async function revealSelected(): Promise<void> {
    const { selected, origin, detail } = state;
    unrevealed = null;
    if (selected === null || origin === 'table') return;
    const name = detail?.tensor === selected ? detail.name : null;
    const index = await session.reveal(selected, name);
    if (state.selected !== selected) return;
    if (index === null && name === null) unrevealed = selected; // its name tells which groups to open
    if (index === null) return;
    const focused = body.contains(document.activeElement);
    const scrolled = origin === 'restored' && state.saved.scrollTop > 0;
    active = index;
    configure();
    if (!scrolled) virtualizer.scrollToIndex(index, { align: 'auto' });
    render();
    if (focused) shown.get(active)?.element.focus({ preventScroll: true });
  }

  body.addEventListener('keydown', onKey);
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
    activate(index);
  });
  body.addEventListener('dblclick', event => {
    const index = indexOf(event.target);
    if (index !== null && rows.row(index)?.kind === 'tensor') openLayer(index);
  });
  body.addEventListener('pointerover', event => {
    const row = rows.row(indexOf(event.target) ?? -1);
    onHover(row?.kind === 'tensor' ? row.tensor : null);
  });
  body.addEventListener('pointerleave', () => onHover(null));
  scroller.addEventListener('scroll', () => session.setLayout({ scrollTop: scroller.scrollTop }), {
    passive: true,
  });
  const stopTheme = onThemeChange(() => {
    head?.paint();
    heatOf = '';
    updateHeat();
    measure();
    refresh();
  });
  noteOrder();

  return {
    element,
    update(changed) {
      const areOther = (changed.has('doc') || changed.has('layout')) && rebuildColumns();
      if (changed.has('view')) noteOrder();
      if (changed.has('series')) updateHeat();
      if (changed.has('rows') && toTop) {
        toTop = false;
        active = 0;
        scrollTo(0);
      }
      if (areOther || changed.has('doc') || changed.has('rows') || changed.has('view')) refresh();
      if (changed.has('selection')) {
        render();
        // The details may open below and take room from the table, once they are there.
        keepInSight = state.selected !== null;
        void revealSelected();
      }
      if (changed.has('detail') && keepInSight) {
        keepInSight = false;
        requestAnimationFrame(() => virtualizer.scrollToIndex(active, { align: 'auto' }));
      }
      if (changed.has('detail') && unrevealed !== null && unrevealed === state.selected)
        void revealSelected();
    },
    focus: takeFocus,
    destroy: stopTheme,
  };
}
