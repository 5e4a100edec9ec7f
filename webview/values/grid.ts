import * as l10n from '@vscode/l10n';
import { h, oncePerFrame, setAttribute } from '../dom';
import { formatCount } from '../format';
import { createAxis } from './axis';
import type { CellText } from './cellText';
import { cellTarget } from './gridKeys';
import { createRowPool, type RowPool } from './gridRows';
import type { Window } from './pages';
import { type Cell, clampCell, elementAt, type Slice } from './slice';

/** What the grid asks of whoever shows it. */
export interface GridHost {
  /** What a cell shows; undefined while it is not there, null where there is nothing to show. */
  text(cell: Cell): CellText | null | undefined;
  /** Tells what is in sight. */
  onWindow(window: Window): void;
  /** The user selected another cell, or scrolled. */
  onSelect(cell: Cell): void;
  onScroll(place: { readonly top: number; readonly left: number }): void;
  onCopy(): void;
  onJump(): void;
}

/** What the grid shows. */
export interface GridContent {
  readonly slice: Slice;
  /** Of the widest cell. */
  readonly characters: number;
  readonly label: string;
  readonly rowName: (row: number) => string;
  readonly colName: (col: number) => string;
}

/** A grid of cells that are made as they come in sight. */
export interface Grid {
  readonly element: HTMLElement;
  /** Shows another slice, or the same in other cells. */
  setContent(content: GridContent): void;
  /** Selects a cell, and brings it in sight. */
  select(cell: Cell, isExtending?: boolean): void;
  scrollTo(place: { readonly top: number; readonly left: number }): void;
  /** The selected cells. */
  readonly selection: Window;
  readonly active: Cell;
  redraw(): void;
  focus(): void;
  destroy(): void;
}

/** Makes a grid without cells. */
export function createGrid(host: GridHost): Grid {
  const layer = h('div', { class: 'values-layer' });
  const space = h('div', { class: 'values-space' }, layer);
  const scroller = h('div', { class: 'values-scroll', role: 'grid', tabindex: 0 }, space);
  const [vertical, horizontal] = [createAxis(), createAxis()];
  const pool: RowPool = createRowPool(layer);
  let content: GridContent | undefined;
  let active: Cell = { row: 0, col: 0 };
  let anchor: Cell = active;
  let sizes = { row: 22, col: 80, head: 22, side: 60 };
  let isDragging = false;

  const draw = oncePerFrame(render);
  const observer = new ResizeObserver(() => {
    measure();
    render();
  });
  observer.observe(scroller);

  /** Cells are as large as the font asks. */
  function measure(): void {
    if (!content) return;
    const { slice, characters, rowName } = content;
    const { fontSize } = getComputedStyle(scroller);
    const em = Number.parseFloat(fontSize);
    const row = Math.round(em * 1.75);
    const lastName = rowName(Math.max(0, slice.rows - 1));
    const side = Math.ceil((lastName.length + 2.5) * em * 0.6);
    sizes = { row, col: Math.ceil((characters + 2) * em * 0.6), head: row, side };
    const top = vertical.measure({
      ...{ count: slice.rows, cell: sizes.row },
      view: scroller.clientHeight - sizes.head,
    });
    const left = horizontal.measure({
      ...{ count: slice.cols, cell: sizes.col },
      view: scroller.clientWidth - sizes.side,
    });
    layer.style.setProperty('--row-height', `${row}px`);
    space.style.height = `${vertical.length + sizes.head}px`;
    space.style.width = `${horizontal.length + sizes.side}px`;
    layer.style.height = `${scroller.clientHeight}px`;
    layer.style.width = `${scroller.clientWidth}px`;
    scrollPage(top, left);
  }

  function scrollPage(top: number, left: number): void {
    if (Math.abs(scroller.scrollTop - top) >= 1) scroller.scrollTop = top;
    if (Math.abs(scroller.scrollLeft - left) >= 1) scroller.scrollLeft = left;
  }

  function windowInSight(): Window {
    const [rows, cols] = [vertical.range(), horizontal.range()];
    return { row: rows.from, rowEnd: rows.to, col: cols.from, colEnd: cols.to };
  }

  /** Draws the cells in sight; called while scrolling, so it does no more than that. */
  function render(): void {
    if (!content || scroller.clientHeight === 0) return;
    const window = windowInSight();
    host.onWindow(window);
    const id = pool.draw({
      ...{ window, sizes, content, active, selection: selection() },
      origin: { x: horizontal.position, y: vertical.position },
      text: cell => (content && elementAt(content.slice, cell) === null ? null : host.text(cell)),
    });
    setAttribute(scroller, 'aria-activedescendant', id ?? undefined);
  }

  function selection(): Window {
    return {
      row: Math.min(active.row, anchor.row),
      rowEnd: Math.max(active.row, anchor.row) + 1,
      col: Math.min(active.col, anchor.col),
      colEnd: Math.max(active.col, anchor.col) + 1,
    };
  }

  function select(cell: Cell, isExtending = false): void {
    if (!content) return;
    active = clampCell(content.slice, cell);
    if (!isExtending) anchor = active;
    scrollPage(vertical.reveal(active.row), horizontal.reveal(active.col));
    render();
  }

  function choose(cell: Cell, isExtending: boolean): void {
    select(cell, isExtending);
    host.onSelect(active);
    tellScroll();
  }

  function tellScroll(): void {
    host.onScroll({
      top: vertical.position / sizes.row,
      left: horizontal.position / sizes.col,
    });
  }

  function onKey(event: KeyboardEvent): void {
    if (!content) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isCommand && key === 'c') host.onCopy();
    else if (isCommand && key === 'a') selectAll();
    else if (key === 'g' && !event.altKey) host.onJump();
    else {
      const { slice } = content;
      const window = windowInSight();
      const page = {
        rows: Math.max(1, window.rowEnd - window.row - 2),
        cols: Math.max(1, window.colEnd - window.col - 2),
      };
      const target = cellTarget(event, active, { slice, page });
      if (!target) return;
      choose(target, event.shiftKey);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function selectAll(): void {
    if (!content) return;
    anchor = { row: 0, col: 0 };
    active = { row: content.slice.rows - 1, col: content.slice.cols - 1 };
    render();
    host.onSelect(active);
  }

  /** The cell under the pointer, or the nearest to it. */
  function cellUnder({ clientX, clientY }: MouseEvent): Cell | null {
    const box = layer.getBoundingClientRect();
    const x = clientX - box.left - sizes.side;
    const y = clientY - box.top - sizes.head;
    if (!isDragging && (x < 0 || y < 0)) return null;
    return {
      row: Math.floor((vertical.position + y) / sizes.row),
      col: Math.floor((horizontal.position + x) / sizes.col),
    };
  }

  scroller.addEventListener('scroll', () => {
    const top = vertical.scrolled(scroller.scrollTop);
    const left = horizontal.scrolled(scroller.scrollLeft);
    scrollPage(top, left);
    render();
    tellScroll();
  });
  scroller.addEventListener('keydown', onKey);
  layer.addEventListener('pointerdown', event => {
    const cell = event.button === 0 ? cellUnder(event) : null;
    if (!cell || !content || cell.row >= content.slice.rows || cell.col >= content.slice.cols)
      return;
    // The grid has the keyboard, and no text is selected.
    event.preventDefault();
    scroller.focus({ preventScroll: true });
    choose(cell, event.shiftKey);
    isDragging = true;
    layer.setPointerCapture(event.pointerId);
  });
  layer.addEventListener('pointermove', event => {
    const cell = isDragging ? cellUnder(event) : null;
    if (!cell || !content) return;
    const clamped = clampCell(content.slice, cell);
    if (clamped.row !== active.row || clamped.col !== active.col) choose(clamped, true);
  });
  for (const name of ['pointerup', 'pointercancel'] as const)
    layer.addEventListener(name, () => {
      isDragging = false;
    });

  return {
    element: scroller,
    setContent(next) {
      content = next;
      const { slice } = next;
      setAttribute(scroller, 'aria-label', next.label);
      setAttribute(scroller, 'aria-multiselectable', 'true');
      setAttribute(scroller, 'aria-rowcount', slice.rows + 1);
      setAttribute(scroller, 'aria-colcount', slice.cols + 1);
      active = clampCell(slice, active);
      anchor = clampCell(slice, anchor);
      measure();
      render();
    },
    select,
    scrollTo({ top, left }) {
      scrollPage(vertical.moveTo(top * sizes.row), horizontal.moveTo(left * sizes.col));
      render();
    },
    get selection() {
      return selection();
    },
    get active() {
      return active;
    },
    redraw: draw,
    focus: () => scroller.focus({ preventScroll: true }),
    destroy: () => observer.disconnect(),
  };
}

/** `3 × 4 cells`, for the line below the grid. */
export function selectionText({ row, rowEnd, col, colEnd }: Window): string {
  return l10n.t('{0} × {1} cells', formatCount(rowEnd - row), formatCount(colEnd - col));
}
