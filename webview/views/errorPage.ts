import type { WireError } from '../../src/base/errors';
import { button, h, icon } from '../dom';
import type { Session } from '../session';

const hints: Record<WireError['tag'], string> = {
  'not-this-format':
    'What is in the file is not what its name says. Look at its first bytes with a hex editor.',
  malformed: 'The file is damaged, or the program that wrote it made a mistake.',
  truncated:
    'The file ends too early. Perhaps a download or a copy was not finished: compare the size.',
  'over-limit': 'A number in the file is larger than anything reasonable, so it was not trusted.',
  unsupported: 'The file may be fine, but this version cannot read it.',
  io: 'The file could not be read. Is it still there, and may you read it?',
  cancelled: 'Reading was stopped before it was done.',
  internal: 'This is a mistake in Quantscope, not in your file. The log has more.',
};

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
    h('h1', {}, `Cannot show ${fileName || 'this file'}`),
    h('p', { class: 'error-message', role: 'alert' }, error.message),
    h('p', { class: 'error-hint' }, hints[error.tag]),
    facts,
    h(
      'div',
      { class: 'actions' },
      button({ label: 'Try again', kind: 'primary', onClick: reload }),
      button({ label: 'Reopen with Text Editor', onClick: reopen('text') }),
      button({ label: 'Reopen with Hex Editor', onClick: reopen('hex') }),
      button({ label: 'Reopen With…', onClick: reopen('pick') }),
    ),
  );
}

function makeFacts({ details }: WireError): HTMLElement | null {
  const rows: [string, string | number | undefined][] = [
    ['File', details.file],
    ['Tensor', details.tensor],
    ['At byte', details.offset?.toLocaleString('en-US')],
    ['Expected', details.expected],
    ['Found', details.actual],
  ];
  const known = rows.filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  const terms = known.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, String(value))]);
  return h('dl', { class: 'metadata' }, ...terms);
}
