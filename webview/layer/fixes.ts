import * as l10n from '@vscode/l10n';
import type { Fix } from '../../src/protocol/layer';
import { table } from '../charts/storedTables';
import { button, h, setText, show } from '../dom';
import { formatDecibel, formatPlain } from '../format';
import type { Session } from '../session';
import { tryScheme } from './actions';
import { createStatus, createTableBox } from './frame';
import type { LayerStore } from './store';
import { causeText, gainText, isGain } from './texts';

/**
 * What would bring the scheme nearer to what Gaussian weights get. `onTried` is called after a scheme was tried: the button
 * that was pressed is about to go.
 */
export function createFixes(session: Session, store: LayerStore, onTried: () => void) {
  const ask = button({
    label: l10n.t('What would help?'),
    title: l10n.t('Quantize this layer with outliers kept apart, another range and smaller groups'),
    onClick: () => store.askFixes(),
  });
  const status = createStatus(l10n.t('What would help'));
  const rows = createTableBox();
  const none = h('p', { class: 'note' });
  const element = h('div', { class: 'layer-fixes' }, status.element, rows.element, none);
  const onTry = (scheme: string) => {
    tryScheme(session, scheme);
    onTried();
  };
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
      const isExact = base.value?.report?.mse === 0;
      const hasRows = value !== null && value.length > 0 && !isExact;
      rows.update(hasRows ? [value] : null, () => fixTable(value!, onTry));
      show(none, value !== null && !hasRows);
      setText(none, isExact ? l10n.t('No weight changes.') : noneText());
      show(element, hasReport && fixes.status !== 'empty');
    },
  };
}

function noneText(): string {
  return l10n.t('This scheme has no outliers, no range and no groups that could be changed.');
}

function fixTable(fixes: readonly Fix[], onTry: (scheme: string) => void): HTMLElement {
  const lines = fixes.map(({ cause, scheme, sqnrDb, gainDb, bitsPerWeight }) => [
    causeText(cause),
    h('code', {}, scheme),
    h('span', { title: sqnrDb === null ? undefined : String(sqnrDb) }, formatDecibel(sqnrDb)),
    gainDb === null ? '–' : h('span', { title: String(gainDb) }, gainText(gainDb)),
    bitsPerWeight === null
      ? '–'
      : h('span', { title: String(bitsPerWeight) }, formatPlain(bitsPerWeight)),
    isGain(gainDb)
      ? button({
          label: l10n.t('Try'),
          title: l10n.t('Show {0} beside the other schemes', scheme),
          kind: 'link',
          onClick: () => onTry(scheme),
        })
      : '',
  ]);
  const heads = [l10n.t('Cause'), l10n.t('Without it'), l10n.t('SQNR, dB'), l10n.t('Gain, dB')];
  return table(l10n.t('What would help'), [...heads, l10n.t('Bits per weight'), ''], lines);
}
