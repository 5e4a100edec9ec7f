import * as l10n from '@vscode/l10n';
import { h } from '../dom';
import { createExportMenu } from '../export/menu';
import { createLayerView } from '../layer/view';
import { createOverviewView } from '../overview/view';
import { createPrecisionView } from '../precision/view';
import { createSchemeBar } from '../schemes/bar';
import { allParts, type Part, type Session } from '../session';
import { createStepsView } from '../steps/view';
import { createValuesView } from '../values/view';
import type { View, ViewId } from '../view';
import { createAnalysisStatus } from './analysisStatus';
import { createBanner } from './banner';
import { createSummary } from './summary';
import { createTabs } from './tabs';

/** The page of a file that could be read. */
export type ModelPage = View;

const makers: Readonly<Record<ViewId, (session: Session) => View>> = {
  overview: createOverviewView,
  layer: createLayerView,
  values: createValuesView,
  steps: createStepsView,
  precision: createPrecisionView,
};

/** Makes the page: what is known of the file, the schemes, and the views behind their tabs. */
export function createModelPage(session: Session): ModelPage {
  const { state } = session;
  const exporting = createExportMenu(session);
  const summary = createSummary(name => void session.selectByName(name), exporting);
  const banner = createBanner({
    onReload: () => session.act(client => client.request('document/reload', null)),
    onDismiss: () => session.dismissProblem(),
  });
  const schemes = createSchemeBar(session);
  const tabs = createTabs(view => session.showView(view));
  const status = createAnalysisStatus(session);
  const row = h(
    'section',
    { class: 'tabs-row', 'aria-label': l10n.t('Views and analysis') },
    tabs.element,
    status.element,
    status.progress,
  );
  const panel = h('div', { class: 'view', id: 'view', role: 'tabpanel' });
  const empty = h('main', { class: 'empty-model' }, l10n.t('This file holds no tensors.'));
  const element = h('div', { class: 'page' }, summary.element, banner.element);
  /** Each is made when it is first shown. */
  const views = new Map<ViewId, View>();
  let shown: View | undefined;

  function showView(id: ViewId): boolean {
    tabs.update(id);
    const view = views.get(id) ?? makers[id](session);
    views.set(id, view);
    if (view === shown) return false;
    shown = view;
    panel.replaceChildren(view.element);
    return true;
  }

  function showBody(isEmpty: boolean): void {
    const parts = isEmpty ? [empty] : [schemes.element, row, panel];
    if (parts.every(part => part.isConnected)) return;
    for (const part of [empty, schemes.element, row, panel]) part.remove();
    element.append(...parts);
  }

  return {
    element,
    update(changed: ReadonlySet<Part>) {
      if (!state.doc) return;
      if (changed.has('doc')) {
        summary.update(state.doc);
        banner.update(state);
        status.update(state.doc);
        showBody(state.doc.summary?.tensors === 0);
      }
      schemes.update(changed);
      exporting.update(changed);
      const isOther = showView(state.saved.shownView);
      shown?.update(isOther ? allParts : changed);
    },
    focus: () => shown?.focus(),
    destroy() {
      for (const view of views.values()) view.destroy();
      schemes.destroy();
    },
  };
}
