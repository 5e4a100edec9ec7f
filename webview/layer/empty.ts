import * as l10n from '@vscode/l10n';
import type { Row } from '../../src/protocol/editor';
import { createLatest } from '../connection';
import { button, h, icon, show } from '../dom';
import { formatDecibel } from '../format';
import type { Session } from '../session';
import { hostView, initialState } from '../state';
import { createNavigation } from './navigation';

/** What is shown while no layer is selected: how to select one, and the layer that loses most. */
export function createEmptyState(session: Session) {
  const navigation = createNavigation(session, 'layer-first-names');
  const worst = h('div', { class: 'layer-worst' });
  const overview = button({
    label: l10n.t('Choose one in the overview'),
    kind: 'primary',
    onClick: () => session.showView('overview'),
  });
  const element = h(
    'div',
    { class: 'layer-empty' },
    icon('layers'),
    h('h2', {}, l10n.t('No layer is selected')),
    h(
      'p',
      {},
      l10n.t('Select a row of the table or a layer of a chart to see what the scheme does to it.'),
    ),
    h('div', { class: 'layer-empty-ways' }, overview, worst),
    navigation.box,
  );
  const call = createLatest(() => undefined); // the rows' own requests tell of a host that fails
  let asked = '';

  function fill(rows: readonly Row[]): void {
    const row = rows.find(found => found.kind === 'tensor');
    const sqnrDb = row?.kind === 'tensor' ? row.sqnrDb[0] : null;
    const isKnown = row?.kind === 'tensor' && typeof sqnrDb === 'number';
    show(worst, isKnown);
    if (!isKnown) return;
    worst.replaceChildren(
      button({
        label: l10n.t('Worst: {0}, {1} dB', row.name, formatDecibel(sqnrDb)),
        title: l10n.t(
          'The layer with the lowest SQNR under {0}',
          session.state.doc?.schemes[0] ?? '',
        ),
        onClick: () => session.select(row.tensor, 'chart'),
      }),
    );
  }

  return {
    element,
    focus: () => overview.focus(),
    update(): void {
      const { doc } = session.state;
      const key = JSON.stringify([doc?.generation, doc?.schemes, doc?.analysis.doneTensors]);
      if (key === asked) return;
      asked = key;
      const view = {
        ...hostView(initialState),
        sort: 'sqnr0' as const,
        descending: false,
        grouped: false,
        collapsed: [],
      };
      void call.run(signal => session.page(view, 1, signal), fill);
    },
  };
}
