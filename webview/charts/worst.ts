import type { DocumentView, Series, TensorId } from '../../src/protocol/editor';
import { createLatest } from '../connection';
import { h, show } from '../dom';
import { formatDecibel } from '../format';
import type { Session } from '../session';
import { hostView } from '../state';
import { commonPrefix } from './axisLabels';
import { createSwatch } from './swatch';
import type { ChartTheme } from './theme';

/** Most that are shown, if the box is high enough; fewer than the least are cut off rather than left out. */
const most = 8;
const least = 3;
/** The host sorts by the figures of the first two schemes. */
const sortable = ['sqnr0', 'sqnr1'] as const;

interface Worst {
  readonly tensor: TensorId;
  readonly name: string;
  readonly sqnrDb: number;
}

/** What the list is made for. */
export interface WorstInput {
  readonly doc: DocumentView;
  readonly series: Series;
  readonly theme: ChartTheme;
  readonly hidden: readonly boolean[];
}

/** The layers that lose most, beside the charts: the answer most people open the file for. */
export function createWorstList(session: Session) {
  const key = h('span', { class: 'chart-unit' });
  const list = h('ol', { class: 'worst' });
  const message = h('div', { class: 'chart-message' });
  const title = h(
    'h2',
    { title: 'Tensors with the lowest signal to quantization noise ratio' },
    'Lowest SQNR',
  );
  const head = h('div', { class: 'chart-head' }, title, key);
  const element = h(
    'div',
    { class: 'chart worst-box' },
    head,
    h('div', { class: 'plot' }, list, message),
  );
  const call = createLatest(() => undefined); // the rows' own requests tell of a host that fails
  let busy = false;
  let prefix = '';
  let drawn = '';

  /** Whole lines that the box has room for. */
  function room(): number {
    const line = Number.parseFloat(getComputedStyle(list).lineHeight);
    return Math.max(least, Math.floor(list.clientHeight / line) || most);
  }

  function fill(found: readonly Worst[]): void {
    const worst = found.slice(0, room());
    const key = JSON.stringify([prefix, worst]);
    if (key === drawn) return;
    drawn = key;
    const focused = [...list.children].findIndex(entry => entry.contains(document.activeElement));
    list.replaceChildren(...worst.map(item));
    list.children[focused]?.querySelector('button')?.focus();
    show(message, worst.length === 0);
    message.textContent = 'No figures yet';
    mark(session.state.selected);
  }

  function item({ tensor, name, sqnrDb }: Worst): HTMLElement {
    const text = h(
      'span',
      { class: 'worst-name' },
      name.slice(name.startsWith(prefix) ? prefix.length : 0),
    );
    const pick = () => session.select(tensor, 'chart');
    const attributes = { type: 'button', title: name, 'data-tensor': tensor, onclick: pick };
    return h(
      'li',
      {},
      h('button', attributes, text, h('span', { class: 'value' }, formatDecibel(sqnrDb))),
    );
  }

  function mark(selected: TensorId | null): void {
    for (const entry of list.querySelectorAll('button'))
      entry.setAttribute('aria-pressed', String(entry.dataset.tensor === String(selected)));
  }

  async function ask(scheme: number): Promise<void> {
    const sort = sortable[scheme];
    if (busy || !sort) return;
    busy = true;
    const view = {
      ...hostView(session.state.saved),
      sort,
      descending: false,
      grouped: false,
      collapsed: [],
    };
    await call.run(
      signal => session.page(view, most, signal),
      rows => fill(rows.flatMap(row => (row.kind === 'tensor' ? fromRow(row, scheme) : []))),
    );
    busy = false;
  }

  return {
    element,
    select: mark,
    update({ doc, series, theme, hidden }: WorstInput): void {
      const scheme = Math.max(0, hidden.indexOf(false));
      key.replaceChildren(createSwatch(theme, scheme), ` ${doc.schemes[scheme] ?? ''}, dB`);
      prefix = commonPrefix(series.name);
      if (series.name.length === series.count) fill(lowest(series, scheme));
      else void ask(scheme);
    },
  };
}

function fromRow(
  row: {
    readonly tensor: TensorId;
    readonly name: string;
    readonly sqnrDb: readonly (number | null)[];
  },
  scheme: number,
): Worst[] {
  const sqnrDb = row.sqnrDb[scheme];
  return typeof sqnrDb === 'number' ? [{ tensor: row.tensor, name: row.name, sqnrDb }] : [];
}

/** The lowest values of one scheme when every mark is one tensor. */
function lowest(series: Series, scheme: number): Worst[] {
  const found: Worst[] = [];
  series.schemes[scheme]?.sqnrDb.low.forEach((sqnrDb, i) => {
    if (!Number.isNaN(sqnrDb))
      found.push({ tensor: series.tensor[i]!, name: series.name[i]!, sqnrDb });
  });
  return found.sort((a, b) => a.sqnrDb - b.sqnrDb).slice(0, most);
}
