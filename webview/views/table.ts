import * as l10n from '@vscode/l10n';
import type { Row, SortKey, TensorId } from '../../src/protocol/editor';
import { createHeat, type Heat } from '../charts/heat';
import { onThemeChange, readTheme } from '../charts/theme';
import { setAttribute } from '../dom';
import type { Part, Session } from '../session';
import { hostView } from '../state';
import { type Column, makeColumns } from './columns';
import { createRowList } from './rowList';
import { createTableHead, type TableHead } from './tableHead';
import { parentOf } from './tableKeys';
import { createRow } from './tableRow';

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
  const list = createRowList({
    label: l10n.t('Tensors'),
    rows,
    make: () => createRow(columns),
    draw: (row, index, isActive) => row.update(rows.row(index), flags(index, isActive)),
    savedScroll: () => state.saved.scrollTop,
    onClick: activate,
  });
  const { element, body, scroller } = list;
  let columns: readonly Column[] = [];
  let head: TableHead<SortKey> | undefined;
  let toTop = false;
  let order = '';
  let unrevealed: TensorId | null = null;
  let keepInSight = false;
  let heat: Heat | null = null;
  let heatOf = '';

  function flags(index: number, isActive: boolean) {
    const row = rows.row(index);
    const selected = row?.kind === 'tensor' && row.tensor === state.selected;
    const { grouped } = hostView(state.saved);
    return { index, selected, active: isActive, grouped, heat };
  }

  /** Colours go by the whole model's figures: they stay as they are while the table is filtered and the charts zoomed. */
  function updateHeat(): void {
    const range = state.series?.sqnrRange ?? null;
    const next = JSON.stringify(range);
    if (next === heatOf) return;
    heatOf = next;
    heat = range && createHeat(readTheme(), range);
    list.render();
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
    head = createTableHead(columns, next => session.setView(next), list.focus);
    head.paint();
    list.head.replaceChildren(head.element);
    setAttribute(scroller, 'aria-colcount', columns.length);
    list.clear();
    list.measure();
    return true;
  }

  function refresh(): void {
    const view = hostView(state.saved);
    setAttribute(scroller, 'role', view.grouped ? 'treegrid' : 'grid');
    head?.update(view);
    list.refresh(l10n.t('No tensor matches “{0}”.', view.filter));
  }

  /** Another order starts at its top, as soon as its rows are there. */
  function noteOrder(): void {
    const { filter, sort, descending, grouped } = hostView(state.saved);
    const next = JSON.stringify([filter, sort, descending, grouped]);
    toTop = order !== '' && order !== next;
    order = next;
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
    const row = rows.row(list.active);
    if (list.moveBy(event.key)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter') openLayer(list.active);
    else if (event.key === ' ') activate(list.active);
    else if (event.key === 'ArrowRight') openOrEnter(row);
    else if (event.key === 'ArrowLeft') closeOrLeave(row);
    else return;
    event.preventDefault();
  }

  function openOrEnter(row: Row | undefined): void {
    if (row?.kind !== 'group') return;
    if (row.collapsed) toggle(row.path);
    else list.setActive(list.active + 1);
  }

  function closeOrLeave(row: Row | undefined): void {
    if (row?.kind === 'group' && !row.collapsed) {
      toggle(row.path);
      return;
    }
    const parent = parentOf(list.active, index => rows.row(index));
    if (parent !== null) list.setActive(parent);
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
    const scrolled = origin === 'restored' && state.saved.scrollTop > 0;
    list.reveal(index, !scrolled);
  }

  body.addEventListener('keydown', onKey);
  body.addEventListener('dblclick', event => {
    const index = list.indexOf(event.target);
    if (index !== null && rows.row(index)?.kind === 'tensor') openLayer(index);
  });
  body.addEventListener('pointerover', event => {
    const row = rows.row(list.indexOf(event.target) ?? -1);
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
    list.measure();
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
        list.toTop();
      }
      if (areOther || changed.has('doc') || changed.has('rows') || changed.has('view')) refresh();
      if (changed.has('selection')) {
        list.render();
        // The details may open below and take room from the table, once they are there.
        keepInSight = state.selected !== null;
        void revealSelected();
      }
      if (changed.has('detail') && keepInSight) {
        keepInSight = false;
        requestAnimationFrame(list.keepInSight);
      }
      if (changed.has('detail') && unrevealed !== null && unrevealed === state.selected)
        void revealSelected();
    },
    focus: list.focus,
    destroy: stopTheme,
  };
}
