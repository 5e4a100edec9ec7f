import * as l10n from '@vscode/l10n';
import { h, setAttribute } from '../dom';
import { type ViewId, viewIds } from '../view';

/** The tabs of the views. Arrows, Home and End go from tab to tab. */
export function createTabs(onPick: (view: ViewId) => void) {
  const tabs = viewIds.map(id =>
    h(
      'button',
      {
        type: 'button',
        class: 'tab',
        role: 'tab',
        id: `tab-${id}`,
        'data-view': id,
        'aria-controls': 'view',
        onclick: () => onPick(id),
      },
      titleOf(id),
    ),
  );
  const element = h(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': l10n.t('Views') },
    ...tabs,
  );

  element.addEventListener('keydown', event => {
    const at = tabs.indexOf(document.activeElement as HTMLButtonElement);
    const next = nextTab(event.key, at, tabs.length);
    if (at < 0 || next === null) return;
    event.preventDefault();
    tabs[next]!.focus();
    onPick(viewIds[next]!);
  });

  return {
    element,
    update(shown: ViewId): void {
      tabs.forEach((tab, i) => {
        const isShown = viewIds[i] === shown;
        setAttribute(tab, 'aria-selected', String(isShown));
        tab.tabIndex = isShown ? 0 : -1;
      });
    },
  };
}

function titleOf(id: ViewId): string {
  switch (id) {
    case 'overview':
      return l10n.t('Overview');
    case 'layer':
      return l10n.t('Layer');
    case 'values':
      return l10n.t('Values');
    case 'steps':
      return l10n.t('Steps');
    case 'precision':
      return l10n.t('Precision');
  }
}

/** Index of the tab that a key leads to; null for keys that lead to none. */
export function nextTab(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return (at + count - 1) % count;
    case 'ArrowRight':
      return (at + 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
