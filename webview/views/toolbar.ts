import * as l10n from '@vscode/l10n';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { formatCount } from '../format';
import type { Session } from '../session';
import { canGroup } from '../state';

const typingDelay = 80;

/** Filter, groups, and what is listed. */
export function createToolbar(session: Session) {
  const input = h('input', {
    type: 'text',
    class: 'filter-input',
    placeholder: l10n.t('Filter by name or /regex/'),
    'aria-label': l10n.t('Filter tensors: text, or a regular expression between slashes'),
    'aria-describedby': 'filter-message',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const clear = button({
    label: l10n.t('Clear the filter'),
    icon: 'close',
    kind: 'icon',
    onClick: reset,
  });
  const box = h('div', { class: 'filter' }, icon('search'), input, clear);
  const message = h('span', { id: 'filter-message', class: 'filter-message', role: 'status' });
  const group = button({
    label: l10n.t('Group by the parts of the names'),
    icon: 'list-tree',
    kind: 'icon',
    onClick: toggleGroups,
  });
  const raw = button({
    label: l10n.t('Stored tensors'),
    icon: 'layers',
    kind: 'link',
    title: l10n.t('Show the tensors as the file stores them, or the weights that they make'),
    onClick: () => session.showRaw(!session.state.doc?.raw),
  });
  const bar = h('div', { class: 'toolbar' }, box, group, raw, message);
  const attributes = { class: 'toolbar-box', 'aria-label': l10n.t('Filter') };
  const element = h('section', attributes, bar);
  let timer = 0;
  input.value = session.state.saved.filter;

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(apply, typingDelay);
  });
  input.addEventListener('keydown', event => {
    if (event.key === 'Enter') apply();
    if (event.key !== 'Escape' || input.value === '') return;
    event.stopPropagation();
    reset();
  });

  function apply(): void {
    clearTimeout(timer);
    session.setView({ filter: input.value });
  }

  function reset(): void {
    input.value = '';
    apply();
    input.focus();
  }

  function toggleGroups(): void {
    const { grouped, sort } = session.state.saved;
    if (grouped && canGroup(sort)) session.setView({ grouped: false });
    else
      session.setView({
        grouped: true,
        ...(canGroup(sort) ? {} : { sort: 'model', descending: false }),
      });
  }

  return {
    element,
    /** Puts the cursor into the filter. */
    focusFilter: () => input.focus(),
    update(): void {
      const { saved, doc } = session.state;
      const { filterError, matching } = session.rows;
      const all = doc?.summary?.tensors ?? 0;
      const count =
        saved.filter && !filterError
          ? l10n.t('{0} of {1}', formatCount(matching), formatCount(all))
          : '';
      setText(message, filterError ?? count);
      message.classList.toggle('error', filterError !== null);
      setAttribute(input, 'aria-invalid', filterError ? 'true' : undefined);
      box.classList.toggle('invalid', filterError !== null);
      show(clear, input.value !== '');
      setAttribute(group, 'aria-pressed', String(saved.grouped && canGroup(saved.sort)));
      show(raw, doc !== null && (doc.raw || doc.packed > 0));
      setAttribute(raw, 'aria-pressed', String(doc?.raw ?? false));
    },
  };
}
