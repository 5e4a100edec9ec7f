import type { TensorId } from '../../src/protocol/editor';
import { createChartPanel } from '../charts/panel';
import { h, show } from '../dom';
import type { Part, Session } from '../session';
import type { View } from '../view';
import { createDetails } from '../views/details';
import { createTable } from '../views/table';
import { createToolbar } from '../views/toolbar';
import { createSplitter } from './splitter';

/** Makes the view of all layers and wires its parts: hover and selection go from each to all others. */
export function createOverviewView(session: Session): View {
  const { state } = session;
  const toolbar = createToolbar(session);
  const details = createDetails(session, clear);
  const table = createTable(session, tensor => charts.hover(tensor));
  const charts = createChartPanel(session, { onHover: pointAt, onTable: () => table.focus() });
  const splitter = createSplitter({
    upper: charts.body,
    onChange(share, isDone) {
      setShare(share);
      if (isDone) session.setOverview({ chartsShare: share });
    },
  });
  const main = h('main', { class: 'main' }, charts.element, splitter, table.element);
  const body = h('div', { class: 'body' }, main, details.element);
  const element = h('div', { class: 'overview' }, toolbar.element, body);

  element.addEventListener('keydown', event => {
    if (event.key === 'Escape' && state.selected !== null) clear();
    if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      toolbar.focusFilter();
    }
  });

  function setShare(share: number | null): void {
    if (share === null) main.style.removeProperty('--charts-share');
    else main.style.setProperty('--charts-share', String(share));
  }

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

  return {
    element,
    update(changed: ReadonlySet<Part>) {
      if (!state.doc) return;
      element.classList.toggle('with-details', state.selected !== null);
      if (changed.has('layout')) {
        setShare(state.saved.overview.chartsShare);
        show(splitter, !state.saved.chartsCollapsed);
      }
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
