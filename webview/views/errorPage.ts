import * as l10n from '@vscode/l10n';
import type { WireError } from '../../src/base/errors';
import { button, h, icon } from '../dom';
import type { Session } from '../session';

/** What is shown instead of a file that cannot be read. */
export function createErrorPage(session: Session, error: WireError, fileName: string): HTMLElement {
  const reopen = (editor: 'text' | 'hex' | 'pick') => () =>
    session.act(client => client.request('document/reopenWith', { editor }));
  const reload = () => session.act(client => client.request('document/reload', null));
  const facts = makeFacts(error);
  return h(
    'main',
    { class: 'error-page' },
    h('div', { class: 'error-sign' }, icon('error')),
    h('h1', {}, fileName ? l10n.t('Cannot show {0}', fileName) : l10n.t('Cannot show this file')),
    h('p', { class: 'error-message', role: 'alert' }, error.message),
    h('p', { class: 'error-hint' }, hintOf(error.tag)),
    facts,
    h(
      'div',
      { class: 'actions' },
      button({ label: l10n.t('Try again'), kind: 'primary', onClick: reload }),
      button({ label: l10n.t('Reopen with Text Editor'), onClick: reopen('text') }),
      button({ label: l10n.t('Reopen with Hex Editor'), onClick: reopen('hex') }),
      button({ label: l10n.t('Reopen With…'), onClick: reopen('pick') }),
    ),
  );
}

function makeFacts({ details }: WireError): HTMLElement | null {
  const rows: [string, string | number | undefined][] = [
    [l10n.t('File'), details.file],
    [l10n.t('Tensor'), details.tensor],
    [l10n.t('At byte'), details.offset?.toLocaleString('en-US')],
    [l10n.t('Expected'), details.expected],
    [l10n.t('Found'), details.actual],
  ];
  const known = rows.filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  const terms = known.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, String(value))]);
  return h('dl', { class: 'metadata' }, ...terms);
}

function hintOf(tag: WireError['tag']): string {
  switch (tag) {
    case 'not-this-format':
      return l10n.t(
        'What is in the file is not what its name says. Look at its first bytes with a hex editor.',
      );
    case 'malformed':
      return l10n.t('The file is damaged, or the program that wrote it made a mistake.');
    case 'truncated':
      return l10n.t(
        'The file ends too early. Perhaps a download or a copy was not finished: compare the size.',
      );
    case 'over-limit':
      return l10n.t(
        'A number in the file is larger than anything reasonable, so it was not trusted.',
      );
    case 'unsupported':
      return l10n.t('The file may be fine, but this version cannot read it.');
    case 'io':
      return l10n.t('The file could not be read. Is it still there, and may you read it?');
    case 'cancelled':
      return l10n.t('Reading was stopped before it was done.');
    case 'internal':
      return l10n.t('This is a mistake in Quantscope, not in your file. The log has more.');
  }
}
