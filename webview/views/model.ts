import type { TensorId } from '../../src/protocol/editor';
import { createChartPanel } from '../charts/panel';
import { h } from '../dom';
import type { Part, Session } from '../session';
import { createBanner } from './banner';
import { createDetails } from './details';
import { createSummary } from './summary';
import { createTable } from './table';
import { createToolbar } from './toolbar';

/** The page of a file that could be read. */
export interface ModelPage {
  readonly element: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  /** Puts the keyboard into the table. */
  focus(): void;
  destroy(): void;
}

/** Makes the page and wires its parts: hover and selection go from each to all others. */
export function createModelPage(session: Session): ModelPage {
  const { state } = session;
  const summary = createSummary(name => void session.selectByName(name));
  const toolbar = createToolbar(session);
  const banner = createBanner({
    onReload: () => session.act(client => client.request('document/reload', null)),
    onDismiss: () => session.dismissProblem(),
  });
  const details = createDetails(session, clear);
  const table = createTable(session, tensor => charts.hover(tensor));
  const charts = createChartPanel(session, tensor => pointAt(tensor));
  const empty = h('main', { class: 'empty-model' }, 'This file holds no tensors.');
  const main = h('main', { class: 'main' }, charts.element, table.element);
  const body = h('div', { class: 'body' }, main, details.element);
  const element = h(
    'div',
    { class: 'page' },
    summary.element,
    banner.element,
    toolbar.element,
    body,
  );

  element.addEventListener('keydown', event => {
    if (event.key === 'Escape' && state.selected !== null) clear();
    if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      toolbar.focusFilter();
    }
  });

  /** The panel with the keyboard may vanish: the table takes it. */
  function clear(): void {
    const inside = details.element.contains(document.activeElement);
    session.select(null, 'cleared');
    if (inside) table.focus();
  }

  /** Marks the row of a tensor that is pointed at in a chart, when it is in sight. */
  function pointAt(tensor: TensorId | null): void {
    for (const row of table.element.querySelectorAll('.row.pointed'))
      row.classList.remove('pointed');
    if (tensor === null) return;
    table.element.querySelector(`.row[data-tensor="${tensor}"]`)?.classList.add('pointed');
  }

  function showEmpty(isEmpty: boolean): void {
    const now = isEmpty ? empty : body;
    const other = isEmpty ? body : empty;
    if (other.isConnected) other.replaceWith(now);
    toolbar.element.hidden = isEmpty;
  }

  return {
    element,
    update(changed) {
      if (!state.doc) return;
      if (changed.has('doc')) {
        summary.update(state.doc);
        banner.update(state);
        showEmpty(state.doc.summary?.tensors === 0);
      }
      element.classList.toggle('with-details', state.selected !== null);
      if (changed.has('doc') || changed.has('rows') || changed.has('view')) toolbar.update();
      if (changed.has('doc') || changed.has('detail') || changed.has('selection')) details.update();
      if (changed.has('stored') || changed.has('layout')) details.updateStored();
      table.element.classList.toggle('packed-weights', state.doc.packed > 0);
      table.update(changed);
      charts.update(changed);
    },
    focus: () => table.focus(),
    destroy() {
      charts.destroy();
      table.destroy();
      details.destroy();
    },
  };
}
