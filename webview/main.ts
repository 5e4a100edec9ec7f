import { toWire, type WireError } from '../src/base/errors';
import { watchArrival } from './arrival';
import { registerCharts } from './charts/register';
import { connect } from './connection';
import { allParts, createSession, type Part } from './session';
import { createErrorPage } from './views/errorPage';
import { createModelPage, type ModelPage } from './views/model';

const app = document.getElementById('app')!;
const session = createSession(connect());
let page: ModelPage | undefined;
let shownError = '';

registerCharts();
session.subscribe(draw);
const arrive = watchArrival(() => page?.focus());
void session.start();

function draw(changed: ReadonlySet<Part>): void {
  const { doc, problem } = session.state;
  if (!doc) {
    if (problem !== null) showError(toWire(new Error(problem)), '');
    return;
  }
  if (doc.error) {
    showError(doc.error, doc.fileName);
    return;
  }
  if (page) page.update(changed);
  else showModel();
  if (ready()) setState('ready');
}

function showModel(): void {
  shownError = '';
  page = createModelPage(session);
  app.replaceChildren(page.element);
  page.update(allParts);
}

function showError(error: WireError, fileName: string): void {
  const key = JSON.stringify([error, fileName]);
  if (key === shownError) return;
  shownError = key;
  page?.destroy();
  page = undefined;
  app.replaceChildren(createErrorPage(session, error, fileName));
  setState('failed');
}

/** Ready is when the first rows are on the page, or when there are none to come. */
function ready(): boolean {
  const { doc } = session.state;
  return doc?.summary?.tensors === 0 || session.rows.total !== null;
}

function setState(state: 'ready' | 'failed'): void {
  if (document.body.dataset.state === state) return;
  document.body.dataset.state = state;
  arrive();
}
