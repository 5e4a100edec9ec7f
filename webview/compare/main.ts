import * as l10n from '@vscode/l10n';
import type { CompareEvents, CompareRequests, ComparisonView } from '../../src/protocol/compare';
import { watchArrival } from '../arrival';
import { registerCharts } from '../charts/register';
import { connect } from '../connection';
import { button, h, icon } from '../dom';
import { createBanner } from '../views/banner';
import { createPairChart } from './chart';
import { createPairDetails } from './details';
import { createHeader } from './header';
import { type CompareSession, createCompareSession, type Part } from './session';
import { createPairTable } from './table';
import { createCompareToolbar } from './toolbar';

const app = document.getElementById('app')!;
const session = createCompareSession(connect<CompareRequests, CompareEvents>());
let page: ComparePage | undefined;

registerCharts();
session.subscribe(draw);
const arrive = watchArrival(() => page?.focus());
void session.start();

interface ComparePage {
  readonly element: HTMLElement;
  update(changed: ReadonlySet<Part>): void;
  focus(): void;
  destroy(): void;
}

function draw(changed: ReadonlySet<Part>): void {
  const { view } = session.state;
  if (!view) return;
  if (view.error) {
    page?.destroy();
    page = undefined;
    app.replaceChildren(makeErrorPage(session, view));
    setState('failed');
    return;
  }
  const isNew = !page;
  page ??= createPage(session, view);
  if (isNew) app.replaceChildren(page.element);
  page.update(isNew ? new Set<Part>(['view', 'rows', 'detail', 'selection']) : changed);
  if (view.pairs === 0 || session.rows.total !== null) setState('ready');
}

function setState(state: 'ready' | 'failed'): void {
  if (document.body.dataset.state === state) return;
  document.body.dataset.state = state;
  arrive();
}

/** Makes the page and wires its parts: a selection goes from each to all others. */
function createPage(session: CompareSession, { a, b }: ComparisonView): ComparePage {
  const { state } = session;
  const header = createHeader();
  const toolbar = createCompareToolbar(session);
  const banner = createBanner({
    onDismiss: () => session.dismissProblem(),
  });
  const table = createPairTable(session, a.name, b.name);
  const details = createPairDetails(session, clear);
  const chart = createPairChart(session, (pair, name) => {
    session.select({ pair, name });
    void table.reveal(pair);
  });
  const main = h('main', { class: 'main' }, chart.element, table.element);
  const body = h('div', { class: 'body' }, main, details.element);
  const parts = [header.element, banner.element, toolbar.element, body];
  const element = h('div', { class: 'page compare' }, ...parts);

  element.addEventListener('keydown', event => {
    if (event.key === 'Escape' && state.saved.selected) clear();
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    toolbar.focusFilter();
  });

  /** The panel with the keyboard may vanish: the table takes it. */
  function clear(): void {
    const inside = details.element.contains(document.activeElement);
    session.select(null);
    if (inside) table.focus();
  }

  return {
    element,
    update(changed) {
      const { view } = state;
      if (!view) return;
      header.update(view);
      banner.update({ doc: null, problem: state.problem });
      element.classList.toggle('with-details', state.saved.selected !== null);
      toolbar.update(view);
      if (changed.has('detail') || changed.has('layout')) details.update();
      if (changed.has('selection')) chart.markSelection();
      if (changed.has('view') || changed.has('series')) chart.draw();
      table.update(changed);
    },
    focus: () => table.focus(),
    destroy() {
      chart.destroy();
      details.destroy();
      table.destroy();
    },
  };
}

function makeErrorPage(session: CompareSession, { a, b, error }: ComparisonView): HTMLElement {
  const file = error?.details.file;
  const retry = () => session.act(client => client.request('comparison/reload', null));
  return h(
    'main',
    { class: 'error-page' },
    h('div', { class: 'error-sign' }, icon('error')),
    h('h1', {}, l10n.t('Cannot compare {0} and {1}', a.name, b.name)),
    h('p', { class: 'error-message', role: 'alert' }, error?.message ?? ''),
    file && h('p', { class: 'error-hint' }, file),
    h(
      'div',
      { class: 'actions' },
      button({ label: l10n.t('Try again'), kind: 'primary', onClick: retry }),
    ),
  );
}
