import * as l10n from '@vscode/l10n';
import type { CastMeasure, CastRow } from '../../src/protocol/precision';
import { createKindBadge } from '../charts/kinds';
import { h, icon, setAttribute, setText } from '../dom';
import { formatCount, formatPercent, splitName } from '../format';
import type { ListRow } from '../views/listTable';
import type { CastColumn } from './columns';
import { valueCount } from './texts';

/** Makes an empty row for these columns. `measure` tells which of a figure's two forms is told first. */
export function createCastRow(
  columns: readonly CastColumn[],
  measure: () => CastMeasure,
): ListRow<CastRow> {
  const start = h('span');
  const tail = h('span', { class: 'tail' });
  const kind = h('span', { class: 'kind-place' });
  const badges = h('span', { class: 'badges' });
  const name = h('span', { class: 'name' }, h('span', { class: 'head' }, start), tail);
  const cells = columns.map((column, i) =>
    h('div', { class: `cell ${column.id}`, role: 'gridcell', 'aria-colindex': i + 1 }),
  );
  cells[0]?.append(kind, name, badges);
  const element = h('div', { class: 'row', role: 'row' }, ...cells);
  let shown: CastRow | undefined;
  let shownBy: CastMeasure | undefined;

  function fill(row: CastRow | undefined, by: CastMeasure): void {
    element.classList.toggle('waiting', !row);
    setAttribute(element, 'data-tensor', row?.tensor);
    const parts = splitName(row?.name ?? '');
    setText(start, parts.head);
    setText(tail, parts.tail);
    setAttribute(cells[0]!, 'title', row?.name);
    kind.replaceChildren(...(row ? [createKindBadge(row.tensorKind)] : []));
    badges.replaceChildren(...(row ? signs(row) : []));
    columns.forEach((column, i) => {
      if (i === 0) return;
      if (column.figure) fillFigure(cells[i]!, column, { row, by });
      else setText(cells[i]!, row ? column.text(row) : '');
    });
  }

  return {
    element,
    update(row, { index, selected, active }) {
      const by = measure();
      if (row !== shown || by !== shownBy || !row) fill(row, by);
      [shown, shownBy] = [row, by];
      setAttribute(element, 'aria-rowindex', index + 2);
      element.setAttribute('aria-selected', String(selected));
      setAttribute(element, 'tabindex', active ? 0 : -1);
    },
  };
}

function fillFigure(
  cell: HTMLElement,
  { figure }: CastColumn,
  { row, by }: { readonly row: CastRow | undefined; readonly by: CastMeasure },
): void {
  const count = row?.cast && figure ? row.cast[figure] : null;
  if (count === null || !row || row.values === null) {
    cell.replaceChildren(row ? missingText(row) : '');
    setAttribute(cell, 'title', undefined);
    return;
  }
  const share = formatPercent(row.values === 0 ? 0 : count / row.values);
  const about = row.sampled ? '≈ ' : '';
  const [first, second] =
    by === 'share' ? [about + share, formatCount(count)] : [formatCount(count), about + share];
  const isBad = figure === 'overflow' && count > 0;
  cell.replaceChildren(
    ...(isBad ? [h('span', { class: 'badge warning' }, icon('warning')), ' '] : []),
    ...(count > 0 ? [h('span', { class: 'sub' }, second), ' '] : []),
    h('span', {}, count > 0 ? first : '0'),
  );
  setAttribute(
    cell,
    'title',
    l10n.t('{0} of {1}, {2}', formatCount(count), valueCount(row.values), share),
  );
}

/** Why there is no figure: nothing yet, being read, or not to be had. */
function missingText({ status }: CastRow): string {
  if (status === 'waiting') return '';
  return status === 'running' ? '…' : '–';
}

function signs({ status }: CastRow): HTMLElement[] {
  if (status !== 'failed') return [];
  const text = l10n.t('Analysis failed; the layer view has the reason');
  const about = { class: 'badge error', role: 'img', 'aria-label': text, title: text };
  return [h('span', about, icon('error'))];
}
