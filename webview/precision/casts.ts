import * as l10n from '@vscode/l10n';
import {
  type CastTotal,
  type CastTotals,
  castFigures,
  castFormats,
} from '../../src/protocol/precision';
import type { TensorId } from '../../src/protocol/tensor';
import { createChoice } from '../charts/choice';
import { h, setText, show } from '../dom';
import { formatCount, formatPercent } from '../format';
import type { Session } from '../session';
import { createListTable } from '../views/listTable';
import { createCastChart } from './castChart';
import { createCastRow } from './castRow';
import { createCastStatus } from './castStatus';
import { makeCastColumns } from './columns';
import type { PrecisionStore } from './store';
import { castFigureHelp, castFigureTitle, castFormatName, castWords } from './texts';

/** What casts would do: in words, of the whole model, and layer by layer. */
export function createCastsSection(session: Session, store: PrecisionStore) {
  const { state } = session;
  const format = createChoice(
    l10n.t('Cast to'),
    castFormats.map(id => ({ id, label: castFormatName(id) })),
    id => store.choose({ format: id }),
  );
  const by = createChoice(
    l10n.t('Compare'),
    [
      { id: 'share', label: l10n.t('Shares') },
      { id: 'count', label: l10n.t('Counts') },
    ],
    id => store.choose({ by: id }),
  );
  const figure = createChoice(
    l10n.t('Chart'),
    castFigures.map(id => ({ id, label: castFigureTitle(id) })),
    id => store.choose({ figure: id }),
  );
  const status = createCastStatus(session, store);
  const words = h('p', { class: 'precision-words', role: 'status' });
  const totals = h('div', { class: 'precision-table precision-totals' });
  const none = h(
    'p',
    { class: 'note' },
    l10n.t('There is nothing to cast: no tensor holds floating-point numbers or packed weights.'),
  );
  const columns = makeCastColumns();
  const chart = createCastChart(session, store, { onPick: pickInChart, onOpen: open });
  const table = createListTable({
    label: l10n.t('Casts by layer'),
    columns,
    rows: store.rows,
    createRow: () => createCastRow(columns, () => state.saved.precision.by),
    sorting: () => state.saved.precision,
    emptyText: () => l10n.t('No layers'),
    isSelected: row => row.tensor === state.selected,
    onSort: ({ sort, descending }) => store.choose({ sort, descending }),
    onPick: row => session.select(row.tensor, 'table'),
    onOpen: row => open(row.tensor),
  });
  const hint = h('p', { class: 'note' }, l10n.t('Enter or a double click opens a layer.'));
  const layers = h(
    'div',
    {},
    totals,
    h('div', { class: 'precision-tools' }, figure.element, by.element),
    chart.element,
    table.element,
    hint,
  );
  const element = h(
    'section',
    { class: 'precision-section precision-casts', 'aria-labelledby': 'precision-casts' },
    h(
      'div',
      { class: 'precision-head' },
      h('h2', { id: 'precision-casts' }, l10n.t('Casts')),
      format.element,
      status.element,
    ),
    words,
    none,
    layers,
  );
  let shownTotals = '';

  function open(tensor: TensorId): void {
    session.select(tensor, 'table');
    session.showView('layer');
  }

  function pickInChart(tensor: TensorId): void {
    session.select(tensor, 'chart');
    void store.find(tensor, 'view').then(row => {
      if (row !== null && state.selected === tensor) table.reveal(row);
    });
  }

  function updateTotals(known: CastTotals): void {
    const key = JSON.stringify([known, state.saved.precision.format]);
    if (key === shownTotals) return;
    shownTotals = key;
    totals.replaceChildren(totalsTable(known, state.saved.precision.format));
  }

  return {
    element,
    startOver: () => table.startOver(),
    update(): void {
      const { saved } = state;
      const known = store.totals;
      format.update(saved.precision.format);
      by.update(saved.precision.by);
      figure.update(saved.precision.figure);
      status.update();
      show(none, known?.layers === 0);
      show(layers, known !== null && known.layers > 0);
      show(format.element, known !== null && known.layers > 0);
      const total = known?.formats.find(each => each.format === saved.precision.format);
      setText(words, known && total ? castWords(known, total) : '');
      show(words, words.textContent !== '');
      if (!known || known.layers === 0) return;
      updateTotals(known);
      table.refresh();
    },
    draw(): void {
      if (store.totals && store.totals.layers > 0) chart.draw();
    },
    focus: () => table.focus(),
    destroy(): void {
      chart.destroy();
      table.destroy();
    },
  };
}

/** All layers together under each cast. */
function totalsTable(totals: CastTotals, chosen: CastTotal['format']): HTMLElement {
  const heads = castFigures.map(figure =>
    h('th', { scope: 'col', title: castFigureHelp(figure) }, castFigureTitle(figure)),
  );
  const rows = totals.formats.map(total => {
    const isChosen = total.format === chosen;
    const cells = castFigures.map(figure => totalCell(totals, total[figure]));
    const name = castFormatName(total.format);
    return h(
      'tr',
      { class: isChosen ? 'chosen' : undefined, 'aria-current': isChosen ? 'true' : undefined },
      h('th', { scope: 'row' }, name),
      ...cells,
    );
  });
  return h(
    'table',
    { class: 'figures' },
    h('caption', {}, l10n.t('All layers together, by cast')),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, l10n.t('All layers')), ...heads)),
    h('tbody', {}, ...rows),
  );
}

function totalCell(
  { known, values }: CastTotals,
  { values: count }: { readonly values: number },
): HTMLElement {
  if (known === 0) return h('td', {}, '–');
  const share = count > 0 && h('span', { class: 'sub' }, formatPercent(count / values));
  return h('td', {}, share, h('span', {}, formatCount(count)));
}
