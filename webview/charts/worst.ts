import * as l10n from '@vscode/l10n';
import { commonPrefix } from '../../src/base/axisLabels';
import type { DocumentView, RankedTensor, Series, TensorId } from '../../src/protocol/editor';
import { createLatest } from '../connection';
import { button, h, show } from '../dom';
import { formatDecibel, formatPercent } from '../format';
import { createToolbarKeys } from '../schemes/toolbarKeys';
import type { Session } from '../session';
import { hostView } from '../state';
import { createKindBadge } from './kinds';
import { createSwatch } from './swatch';
import type { ChartTheme } from './theme';
import { excessText } from './theory';

/** Most that are shown, if the box is high enough; fewer than the least are cut off rather than left out. */
const most = 24;
const least = 3;
/** The table's orders by the schemes' SQNR. */
const sortKeys = ['sqnr0', 'sqnr1', 'sqnr2', 'sqnr3'] as const;

/** What the list is made for. */
export interface WorstInput {
  readonly doc: DocumentView;
  readonly series: Series;
  readonly theme: ChartTheme;
  readonly hidden: readonly boolean[];
}

/** The layers that lose most, beside the charts: the answer most people open the file for. */
export function createWorstList(session: Session, onAll: () => void) {
  const key = h('span', { class: 'chart-unit' });
  const list = h('ol', { class: 'worst' });
  const keys = createToolbarKeys(list);
  const message = h('div', { class: 'chart-message' });
  const help = l10n.t(
    'Tensors with the lowest signal to quantization noise ratio: their share of the squared error of all tensors, and their SQNR',
  );
  const title = h('h2', { title: help }, l10n.t('Lowest SQNR'));
  const all = button({
    label: l10n.t('All, worst first'),
    kind: 'link',
    title: l10n.t('Sort the table by the SQNR of this scheme, lowest first'),
    onClick: showAll,
  });
  all.classList.add('axis-switch');
  const head = h('div', { class: 'chart-head' }, title, key, all);
  const element = h(
    'div',
    { class: 'chart worst-box' },
    head,
    h('div', { class: 'plot' }, list, message),
  );
  const call = createLatest(() => undefined); // the charts' own requests tell of a host that fails
  let scheme = 0;
  let asked: Series | null = null;
  let askedScheme = -1;
  let found: readonly RankedTensor[] = [];
  let prefix = '';
  let drawn = '';

  function showAll(): void {
    session.setView({ sort: sortKeys[scheme]!, descending: false });
    onAll();
  }

  /** Whole lines that the box has room for. */
  function room(): number {
    const line = Number.parseFloat(getComputedStyle(list).lineHeight);
    return Math.max(least, Math.floor(list.clientHeight / line) || least);
  }

  function fill(): void {
    const worst = found.slice(0, room());
    const next = JSON.stringify([prefix, worst]);
    if (next === drawn) return;
    drawn = next;
    const focused = [...list.children].findIndex(entry => entry.contains(document.activeElement));
    list.replaceChildren(...worst.map(item));
    keys.update();
    list.children[focused]?.querySelector('button')?.focus();
    show(message, worst.length === 0);
    message.textContent = l10n.t('No figures yet');
    mark(session.state.selected);
  }

  function item(ranked: RankedTensor): HTMLElement {
    const { tensor, name, sqnrDb, share, tensorKind } = ranked;
    const { head, tail } = splitAtNumber(name.slice(name.startsWith(prefix) ? prefix.length : 0));
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          title: titleOf(ranked),
          'data-tensor': tensor,
          onclick: () => session.select(tensor, 'chart'),
          ondblclick: () => session.showView('layer'),
        },
        createKindBadge(tensorKind),
        h(
          'span',
          { class: 'name' },
          h('span', { class: 'head' }, h('span', {}, head)),
          h('span', { class: 'tail' }, tail),
        ),
        h('span', { class: 'share' }, formatPercent(share)),
        h('span', { class: 'value' }, formatDecibel(sqnrDb)),
      ),
    );
  }

  function mark(selected: TensorId | null): void {
    for (const entry of list.querySelectorAll('button'))
      entry.setAttribute('aria-pressed', String(entry.dataset.tensor === String(selected)));
  }

  /** New figures come with a new series: one question each, and a newer one aborts the older. */
  function ask(series: Series): void {
    if (asked === series && askedScheme === scheme) return;
    asked = series;
    askedScheme = scheme;
    const view = hostView(session.state.saved);
    void call.run(
      signal => session.request('ranking/get', { view, scheme, count: most }, { signal }),
      ranking => {
        if (ranking.generation !== session.state.doc?.generation) return;
        found = ranking.worst;
        fill();
      },
    );
  }

  return {
    element,
    select: mark,
    update({ doc, series, theme, hidden }: WorstInput): void {
      const active = doc.schemes.indexOf(session.activeScheme() ?? '');
      scheme = hidden[active] === false ? active : Math.max(0, hidden.indexOf(false));
      key.replaceChildren(createSwatch(theme, scheme), ` ${doc.schemes[scheme] ?? ''}, dB`);
      prefix = commonPrefix(series.name);
      ask(series);
      fill();
    },
  };
}

/** What tells the layers apart stays when there is little room: its number, and what follows; all are weights. */
function splitAtNumber(name: string): { readonly head: string; readonly tail: string } {
  const short = name.replace(/\.weight$/, '');
  const at = short.search(/(?<=^|\.)\d+\./);
  return { head: short.slice(0, Math.max(0, at)), tail: short.slice(Math.max(0, at)) };
}

function titleOf({ name, share, sqnrDb, gaussianSqnrDb }: RankedTensor): string {
  const lines = [name];
  if (share !== null)
    lines.push(l10n.t('{0} of the squared error of all tensors', formatPercent(share)));
  const excess = excessText(sqnrDb, gaussianSqnrDb);
  if (excess) lines.push(excess);
  return lines.join('\n');
}
