import * as l10n from '@vscode/l10n';
import { cellCount } from '../counts';
import { formatCount } from '../format';
import { copyToClipboard } from './clipboard';
import { type Copied, type CopyForm, cellsIn, copyText, mostCopied } from './copyText';
import type { Pages } from './pages';

/** Copies a window of the grid. @returns what came of it, for people */
export async function copyWindow(
  what: Copied,
  form: CopyForm,
  pages: Pick<Pages, 'get'>,
): Promise<string> {
  const cells = cellsIn(what.window);
  if (cells > mostCopied)
    return l10n.t(
      'At most {0} cells are copied at once; {1} are selected',
      formatCount(mostCopied),
      formatCount(cells),
    );
  const { signal } = new AbortController();
  try {
    const text = await copyText(what, form, cell => pages.get(cell, signal));
    return (await copyToClipboard(text))
      ? l10n.t('Copied {0}', cellCount(cells))
      : l10n.t('The clipboard is not available');
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}
