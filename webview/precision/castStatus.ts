import * as l10n from '@vscode/l10n';
import { layerCount } from '../counts';
import { button, h, icon, setText, show } from '../dom';
import { formatBytes, formatCount } from '../format';
import type { Session } from '../session';
import type { PrecisionStore } from './store';

/** How many layers have been looked at, and what can be done about the others. */
export function createCastStatus(session: Session, store: PrecisionStore) {
  const text = h('span', {});
  const start = (mode: 'all' | 'sample') => () =>
    session.act(client => client.request('analysis/start', { mode }));
  const all = button({ label: '', kind: 'primary', onClick: start('all') });
  const sample = button({ label: '', onClick: start('sample') });
  const resume = button({ label: l10n.t('Resume'), onClick: start('all') });
  const cancel = button({
    label: l10n.t('Cancel'),
    onClick: () => session.act(client => client.request('analysis/cancel', null)),
  });
  const retry = button({ label: l10n.t('Try again'), onClick: () => store.refresh() });
  const sign = icon('error');
  const element = h(
    'div',
    { class: 'precision-status' },
    ...[sign, text, all, sample, resume, cancel, retry],
  );

  return {
    element,
    update(): void {
      const { doc } = session.state;
      const { totals, problem } = store;
      const analysis = doc?.analysis;
      const isMissing = totals !== null && totals.known + totals.failed < totals.layers;
      const failed = totals?.failed ?? 0;
      setText(text, problem ?? statusText(store, isMissing));
      show(sign, problem !== null || failed > 0);
      show(retry, problem !== null);
      const state = isMissing && problem === null ? analysis?.state : undefined;
      show(all, state === 'offered');
      show(
        sample,
        state === 'offered' && (analysis?.sampleBytes ?? 0) < (analysis?.totalBytes ?? 0),
      );
      show(resume, state === 'cancelled');
      show(cancel, state === 'running');
      if (!analysis) return;
      setText(
        all.lastElementChild!,
        l10n.t('Analyse casts: reads {0}', formatBytes(analysis.totalBytes)),
      );
      setText(
        sample.lastElementChild!,
        l10n.t('Sample (reads {0})', formatBytes(analysis.sampleBytes)),
      );
    },
  };
}

function statusText({ totals }: PrecisionStore, isMissing: boolean): string {
  if (!totals || totals.layers === 0) return '';
  const words: string[] = [];
  if (isMissing)
    words.push(l10n.t('{0} of {1}', formatCount(totals.known), layerCount(totals.layers)));
  if (totals.failed > 0) words.push(l10n.t('{0} failed', layerCount(totals.failed)));
  return words.join(' · ');
}
