import { createSwatch } from '../charts/swatch';
import { readTheme } from '../charts/theme';
import { h, setAttribute } from '../dom';
import { type HeadColumn, nextSort, type Sorting } from './columns';

/** The head of the table. */
export interface TableHead<K extends string> {
  readonly element: HTMLElement;
  update(view: Sorting<K>): void;
  /** Puts the schemes' signs in the colours of the theme. */
  paint(): void;
}

/** Makes the head; `onLeave` is called for the key that leads into the rows. */
export function createTableHead<K extends string>(
  columns: readonly HeadColumn<K>[],
  onSort: (next: Sorting<K>) => void,
  onLeave: () => void,
): TableHead<K> {
  let view: Sorting<K> = { sort: 'model', descending: false };
  const buttons = columns.map(column => makeButton(column, () => onSort(nextSort(view, column))));
  const cells = columns.map((column, i) =>
    h(
      'div',
      { class: `cell ${column.id}`, role: 'columnheader', 'aria-colindex': i + 1 },
      buttons[i],
    ),
  );
  const element = h('div', { class: 'row head-row', role: 'row', 'aria-rowindex': 1 }, ...cells);
  let active = 0;
  buttons.forEach((button, i) => {
    button.tabIndex = i === 0 ? 0 : -1;
    button.addEventListener('focus', () => {
      buttons[active]!.tabIndex = -1;
      button.tabIndex = 0;
      active = i;
    });
  });

  element.addEventListener('keydown', event => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'ArrowDown') onLeave();
    else if (step) move(step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** To the next head that is shown: narrow windows hide some. */
  function move(step: number): void {
    for (let i = active + step; buttons[i]; i += step)
      if (buttons[i]!.offsetParent) {
        buttons[i]!.focus();
        return;
      }
  }

  return {
    element,
    update(next) {
      view = next;
      columns.forEach((column, i) => {
        const sorted = column.sort !== null && column.sort === next.sort;
        const direction = next.descending ? 'descending' : 'ascending';
        setAttribute(cells[i]!, 'aria-sort', sorted ? direction : undefined);
        const arrow = buttons[i]!.querySelector('.sort-arrow')!;
        arrow.className = `sort-arrow codicon codicon-arrow-${next.descending ? 'down' : 'up'}`;
      });
    },
    paint() {
      const theme = readTheme();
      columns.forEach((column, i) => {
        if (column.scheme === undefined) return;
        buttons[i]!.querySelector('canvas')?.replaceWith(createSwatch(theme, column.scheme));
      });
    },
  };
}

function makeButton(column: HeadColumn<string>, onClick: () => void): HTMLButtonElement {
  const { scheme, title, label, sort } = column;
  const button = h(
    'button',
    { type: 'button', title: label, onclick: onClick },
    h('span', { class: 'sort-arrow codicon', 'aria-hidden': 'true' }),
    scheme === undefined ? null : h('canvas', { class: 'swatch' }),
    h('span', {}, title),
    scheme === undefined ? null : h('span', { class: 'visually-hidden' }, label),
  );
  if (sort === null) button.disabled = true;
  return button;
}
