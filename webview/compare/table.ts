import * as l10n from '@vscode/l10n';
import type { PairId } from '../../src/protocol/compare';
import { onThemeChange } from '../charts/theme';
import { setAttribute } from '../dom';
import { createRowList } from '../views/rowList';
import { createTableHead } from '../views/tableHead';
import { pairColumns } from './columns';
import { createPairRow } from './pairRow';
import type { CompareSession, Part } from './session';

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
  const list = createRowList({
    label: l10n.t('Pairs'),
    rows,
    make: () => createPairRow(columns),
    draw(row, index, isActive) {
      const data = rows.row(index);
      const selected = data !== undefined && data.pair === state.saved.selected?.pair;
      row.update(data, { index, selected, active: isActive });
    },
    savedScroll: () => state.saved.scrollTop,
    onClick: select,
  });
  const { scroller, body } = list;
  const head = createTableHead(columns, next => session.setView(next), list.focus);
  list.head.append(head.element);
  setAttribute(scroller, 'role', 'grid');
  setAttribute(scroller, 'aria-colcount', columns.length);
  let isMeasured = false;
  let toTop = false;

  function refresh(): void {
    const view = session.view();
    head.update(view);
    list.refresh(
      view.filter
        ? l10n.t('No pair matches “{0}”.', view.filter)
        : l10n.t('No weight has a counterpart.'),
    );
  }

  /** The element must be in the page, for it has the font of its place. */
  function measure(): void {
    isMeasured = true;
    list.measure();
  }

  function select(index: number): void {
    const row = rows.row(index);
    if (row) session.select(row);
  }

  body.addEventListener('keydown', event => {
    if (!list.moveBy(event.key)) {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      select(list.active);
    }
    event.preventDefault();
  });
  const keepScroll = () => session.setLayout({ scrollTop: scroller.scrollTop });
  scroller.addEventListener('scrollend', keepScroll, { passive: true });
  const stopTheme = onThemeChange(() => {
    measure();
    refresh();
  });

  return {
    element: list.element,
    update(changed) {
      if (changed.has('order')) toTop = true;
      if (changed.has('rows') && toTop) {
        toTop = false;
        list.toTop();
      }
      if (!isMeasured) measure();
      if (changed.has('view') || changed.has('rows') || changed.has('order')) refresh();
      if (changed.has('selection')) list.render();
    },
    focus: list.focus,
    async reveal(pair) {
      const index = await session.find(pair);
      if (index === null || state.saved.selected?.pair !== pair) return;
      list.reveal(index);
    },
    destroy: stopTheme,
  };
}
