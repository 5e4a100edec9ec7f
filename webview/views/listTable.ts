import { onThemeChange } from '../charts/theme';
import { setAttribute } from '../dom';
import type { RowCache } from '../rowCache';
import type { HeadColumn, Sorting } from './columns';
import { createRowList } from './rowList';
import { createTableHead } from './tableHead';

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
  const list = createRowList<ListRow<R>>({
    label,
    rows,
    make: options.createRow,
    draw(row, index, active) {
      const data = rows.row(index);
      const selected = data !== undefined && options.isSelected(data);
      row.update(data, { index, selected, active });
    },
    savedScroll: () => 0,
    onClick: index => withRow(index, options.onPick),
  });
  const { element, scroller, body } = list;
  const head = createTableHead(columns, options.onSort, list.focus);
  list.head.append(head.element);
  setAttribute(scroller, 'role', 'grid');
  setAttribute(scroller, 'aria-colcount', columns.length);
  let isMeasured = false;
  let isOtherOrder = false;

  function refresh(): void {
    if (!isMeasured && element.isConnected) measure();
    head.update(options.sorting());
    element.style.setProperty('--rows', String(rows.total ?? 0));
    if (isOtherOrder) list.toTop();
    isOtherOrder = false;
    list.refresh(options.emptyText());
    if (rows.total === null) rows.want(0, 1);
  }

  function measure(): void {
    isMeasured = true;
    list.measure();
  }

  function withRow(index: number, use: (row: R) => void): void {
    const row = rows.row(index);
    if (row !== undefined) use(row);
  }

  body.addEventListener('keydown', event => {
    if (event.key === 'Enter') withRow(list.active, options.onOpen);
    else if (event.key === ' ') withRow(list.active, options.onPick);
    else if (!list.moveBy(event.key)) return;
    event.preventDefault();
  });
  body.addEventListener('dblclick', event => {
    const index = list.indexOf(event.target);
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
    reveal: list.reveal,
    focus: list.focus,
    destroy: stopTheme,
  };
}
