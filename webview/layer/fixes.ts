import * as l10n from '@vscode/l10n';
import type { Fix } from '../../src/protocol/layer';
import { table } from '../charts/storedTables';
import { button, h, show } from '../dom';
import { formatDecibel, formatPlain } from '../format';
import type { Session } from '../session';
import { tryScheme } from './actions';
import { createStatus, createTableBox } from './frame';
import type { LayerStore } from './store';
import { causeText, signed } from './texts';

/** What would bring the scheme nearer to what Gaussian weights get. */
export function createFixes(session: Session, store: LayerStore) {
  const ask = button({
    label: l10n.t('What would help?'),
    title: l10n.t('Quantize this layer with outliers kept apart, another range and smaller groups'),
    onClick: () => store.askFixes(),
  });
  const status = createStatus(l10n.t('What would help'));
  const rows = createTableBox();
  const none = h(
    'p',
    { class: 'note' },
    l10n.t('Nothing that was tried brings more than it costs.'),
  );
  const element = h('div', { class: 'layer-fixes' }, status.element, rows.element, none);
  return {
    element,
    button: ask,
    update(): void {
      const { fixes, base } = store;
      const { value } = fixes;
      const hasReport = base.value?.report !== null && base.value !== null;
      show(ask, hasReport && fixes.status === 'empty');
      status.update(fixes, value !== null);
      rows.element.classList.toggle('old', fixes.status !== 'ready' && value !== null);
      const shown = value && value.length > 0 ? [value, session.state.doc?.schemes] : null;
      rows.update(shown, () => fixTable(value!, session));
      show(none, value !== null && value.length === 0);
      show(element, hasReport && fixes.status !== 'empty');
    },
  };
}

function fixTable(fixes: readonly Fix[], session: Session): HTMLElement {
  const lines = fixes.map(({ cause, scheme, sqnrDb, gainDb, bitsPerWeight }) => [
    causeText(cause),
    h('code', {}, scheme),
    h('span', { title: sqnrDb === null ? undefined : String(sqnrDb) }, formatDecibel(sqnrDb)),
    gainDb === null ? '–' : h('span', { title: String(gainDb) }, signed(formatDecibel(gainDb))),
    bitsPerWeight === null
      ? '–'
      : h('span', { title: String(bitsPerWeight) }, formatPlain(bitsPerWeight)),
    button({
      label: l10n.t('Try'),
      title: l10n.t('Show {0} beside the other schemes', scheme),
      kind: 'link',
      onClick: () => tryScheme(session, scheme),
    }),
  ]);
  const heads = [l10n.t('Cause'), l10n.t('Without it'), l10n.t('SQNR, dB'), l10n.t('Gain, dB')];
  return table(l10n.t('What would help'), [...heads, l10n.t('Bits per weight'), ''], lines);
}
