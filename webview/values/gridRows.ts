import { h, setAttribute, setText, show } from '../dom';
import type { CellText } from './cellText';
import type { Window } from './pages';
import type { Cell, Slice } from './slice';
import type { Tint } from './tint';

/** What is drawn. */
export interface Drawing {
  readonly window: Window;
  readonly sizes: {
    readonly row: number;
    readonly col: number;
    readonly head: number;
    readonly side: number;
  };
  /** Where the cells in sight begin, in pixels of the cells. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly content: {
    readonly slice: Slice;
    readonly rowName: (row: number) => string;
    readonly colName: (col: number) => string;
  };
  readonly active: Cell;
  readonly selection: Window;
  readonly text: (cell: Cell) => (CellText & { readonly tint?: Tint }) | null | undefined;
}

/** Rows and cells that are used again and again. */
export interface RowPool {
  /** Draws what is in sight; returns the id of the active cell, null when it is not. */
  draw(drawing: Drawing): string | null;
}

interface PooledRow {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  readonly cells: PooledCell[];
}

interface PooledCell {
  readonly element: HTMLElement;
  readonly sign: HTMLElement;
  readonly text: Text;
}

/** Makes an empty pool in the layer that the cells are seen through. */
export function createRowPool(layer: HTMLElement): RowPool {
  const corner = h('div', { class: 'values-corner', role: 'columnheader', 'aria-colindex': 1 });
  corner.append(h('span', { class: 'visually-hidden' }, '#'));
  const headRow = h('div', { class: 'values-head', role: 'row', 'aria-rowindex': 1 }, corner);
  const heads: HTMLElement[] = [];
  const rows: PooledRow[] = [];
  layer.append(headRow);

  function makeRow(): PooledRow {
    const head = h('div', { class: 'values-row-name', role: 'rowheader', 'aria-colindex': 1 });
    const element = h('div', { class: 'values-row', role: 'row' }, head);
    layer.append(element);
    return { element, head, cells: [] };
  }

  function makeCell(row: PooledRow, id: string): PooledCell {
    const text = document.createTextNode('');
    const sign = h('span', { class: 'values-sign' });
    const element = h('div', { class: 'values-cell', role: 'gridcell', id }, sign);
    element.append(text);
    row.element.append(element);
    return { element, sign, text };
  }

  function drawHeads({ window, sizes, origin, content }: Drawing): void {
    headRow.style.height = `${sizes.head}px`;
    corner.style.width = `${sizes.side}px`;
    const shown = window.colEnd - window.col;
    for (let i = heads.length; i < shown; i++) {
      const head = h('div', { class: 'values-col-name', role: 'columnheader' });
      heads.push(head);
      headRow.append(head);
    }
    heads.forEach((head, i) => {
      show(head, i < shown);
      if (i >= shown) return;
      const col = window.col + i;
      head.style.width = `${sizes.col}px`;
      head.style.transform = `translateX(${sizes.side + col * sizes.col - origin.x}px)`;
      setAttribute(head, 'aria-colindex', col + 2);
      setText(head, content.colName(col));
    });
  }

  function drawRow(row: PooledRow, index: number, drawing: Drawing): void {
    const { window, sizes, origin, content } = drawing;
    const place = sizes.head + index * sizes.row - origin.y;
    row.element.style.transform = `translateY(${place}px)`;
    row.element.style.height = `${sizes.row}px`;
    setAttribute(row.element, 'aria-rowindex', index + 2);
    row.head.style.width = `${sizes.side}px`;
    setText(row.head, content.rowName(index));
    const shown = window.colEnd - window.col;
    for (let i = row.cells.length; i < shown; i++)
      row.cells.push(makeCell(row, `values-${rows.indexOf(row)}-${i}`));
    row.cells.forEach((cell, i) => {
      show(cell.element, i < shown);
      if (i < shown) drawCell(cell, { row: index, col: window.col + i }, drawing);
    });
  }

  function drawCell({ element, sign, text }: PooledCell, cell: Cell, drawing: Drawing): void {
    const { sizes, origin, active, selection } = drawing;
    const { style, classList } = element;
    style.width = `${sizes.col}px`;
    style.transform = `translateX(${sizes.side + cell.col * sizes.col - origin.x}px)`;
    setAttribute(element, 'aria-colindex', cell.col + 2);
    const found = drawing.text(cell);
    const shownText = found === undefined ? '·' : (found?.text ?? '');
    if (text.data !== shownText) text.data = shownText;
    setText(sign, found?.sign ?? '');
    setAttribute(element, 'title', found?.exact);
    classList.toggle('pending', found === undefined);
    const isActive = cell.row === active.row && cell.col === active.col;
    const isSelected = isIn(selection, cell);
    classList.toggle('active', isActive);
    setAttribute(element, 'aria-selected', String(isSelected));
    const tint = isSelected ? undefined : found?.tint;
    style.background = tint?.background ?? '';
    style.color = tint?.color ?? '';
  }

  return {
    draw(drawing) {
      const { window, active } = drawing;
      drawHeads(drawing);
      const shown = window.rowEnd - window.row;
      for (let i = rows.length; i < shown; i++) rows.push(makeRow());
      rows.forEach((row, i) => {
        show(row.element, i < shown);
        if (i < shown) drawRow(row, window.row + i, drawing);
      });
      const cell = rows[active.row - window.row]?.cells[active.col - window.col];
      return cell && isIn(window, active) ? cell.element.id : null;
    },
  };
}

function isIn({ row, rowEnd, col, colEnd }: Window, cell: Cell): boolean {
  return cell.row >= row && cell.row < rowEnd && cell.col >= col && cell.col < colEnd;
}
