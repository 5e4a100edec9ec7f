import * as l10n from '@vscode/l10n';
import { button, h, icon, setText, show } from '../dom';
import { formatFigure } from '../format';
import { readingText } from '../remaining';
import { selectionText } from './grid';
import type { Window } from './pages';
import type { ValueMode } from './state';

/** What is told below the grid. */
export interface Status {
  readonly mode: ValueMode;
  readonly scheme: string | null;
  /** Fraction done; null when nothing is under way. */
  readonly progress: number | null;
  readonly error: unknown;
  readonly misfit: string | null;
  readonly selection: Window;
  /** |error| of the strongest tint. */
  readonly largestError: number;
}

/** Makes the line below the grid: what is selected, what is loading, what went wrong, what signs mean. */
export function createStatusLine(host: { onRetry(): void; onCancel(): void }) {
  const text = h('span', { class: 'values-status-text', role: 'status' });
  const selection = h('span', { class: 'values-selection' });
  const signs = h('span', { class: 'values-signs' });
  const retry = button({ label: l10n.t('Retry'), onClick: host.onRetry });
  const cancel = button({ label: l10n.t('Cancel'), onClick: host.onCancel });
  const bad = h('span', { class: 'badge error' }, icon('error'));
  const element = h('div', { class: 'values-status' }, bad, text, retry, cancel, signs, selection);
  let told = '';
  let last = '';
  let since: number | null = null;

  return {
    element,
    /** Says something once, until the next selection. */
    tell(message: string): void {
      told = message;
      setText(text, message);
    },
    update(status: Status): void {
      const { mode, scheme, progress, error, misfit, selection: window } = status;
      const selected = selectionText(window);
      const key = JSON.stringify(window);
      if (key !== last) told = '';
      last = key;
      setText(selection, isOne(window) ? '' : selected);
      since = progress === null ? null : (since ?? performance.now());
      const isLong = progress !== null && progress > 0;
      show(bad, error !== null);
      show(retry, error !== null);
      show(cancel, error === null && isLong && mode !== 'original');
      setText(text, textOf());
      setText(signs, mode === 'original' || misfit !== null ? '' : signsText(status));

      function textOf(): string {
        if (error !== null) return error instanceof Error ? error.message : String(error);
        if (misfit) return misfit;
        if (isLong)
          return l10n.t(
            '{0}: the whole tensor is looked at first. {1}',
            scheme ?? '',
            readingText(progress, performance.now() - (since ?? 0)),
          );
        return told;
      }
    },
  };
}

function isOne({ row, rowEnd, col, colEnd }: Window): boolean {
  return rowEnd - row === 1 && colEnd - col === 1;
}

function signsText({ mode, largestError }: Status): string {
  const signs = l10n.t('▲ ▼ clipped from above, below · ◆ kept apart');
  if (mode !== 'error') return signs;
  return `${l10n.t('Tint: |error| up to {0}', formatFigure(largestError))} · ${signs}`;
}
