import * as l10n from '@vscode/l10n';
import { button, h, icon, setText, show } from '../dom';
import type { SessionState } from '../session';

/** What the banner can do. */
export interface BannerActions {
  /** For a change on disk; absent where nothing watches the file. */
  onReload?(): void;
  onDismiss(): void;
}

/** Says that the file changed or vanished under the view, or that a request failed. */
export function createBanner({ onReload, onDismiss }: BannerActions) {
  const sign = icon('warning');
  const text = h('span', { class: 'banner-text' });
  const reload =
    onReload && button({ label: l10n.t('Reload'), kind: 'secondary', onClick: onReload });
  const dismiss = button({
    label: l10n.t('Dismiss'),
    icon: 'close',
    kind: 'icon',
    onClick: onDismiss,
  });
  const element = h(
    'div',
    { class: 'banner', role: 'status', hidden: true },
    sign,
    text,
    ...(reload ? [reload] : []),
    dismiss,
  );

  return {
    element,
    update({ doc, problem }: Pick<SessionState, 'doc' | 'problem'>): void {
      const message = problem ?? diskText(doc?.disk ?? 'same');
      show(element, message !== null);
      if (reload) show(reload, problem === null);
      show(dismiss, problem !== null);
      setText(text, message ?? '');
    },
  };
}

function diskText(disk: 'same' | 'changed' | 'deleted'): string | null {
  if (disk === 'changed')
    return l10n.t('The file changed on disk. What you see is the earlier state.');
  if (disk === 'deleted') return l10n.t('The file was deleted. What you see is its last state.');
  return null;
}
