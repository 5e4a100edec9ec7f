import * as l10n from '@vscode/l10n';
import type { ComparisonView } from '../../src/protocol/compare';
import { pairCount } from '../counts';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { formatCount, middleEllipsis } from '../format';
import type { CompareSession } from './session';

const typingDelay = 80;

/** Filter, and how far the comparison is. */
export function createCompareToolbar(session: CompareSession) {
  const filter = createFilter(session);
  const status = createStatus(session);
  const bar = h('div', { class: 'toolbar' }, filter.box, filter.message, status.element);
  const about = { class: 'toolbar-box', 'aria-label': l10n.t('Filter and comparison') };
  return {
    element: h('section', about, bar, status.progress),
    focusFilter: filter.focus,
    update(view: ComparisonView): void {
      filter.update(view);
      status.update(view);
    },
  };
}

function createFilter(session: CompareSession) {
  const input = h('input', {
    ...{ type: 'text', class: 'filter-input', placeholder: l10n.t('Filter by name or /regex/') },
    maxlength: 10_000,
    'aria-label': l10n.t('Filter pairs: text, or a regular expression between slashes'),
    'aria-describedby': 'filter-message',
    ...{ spellcheck: 'false', autocomplete: 'off' },
  });
  const clear = button({
    label: l10n.t('Clear the filter'),
    icon: 'close',
    kind: 'icon',
    onClick: reset,
  });
  const box = h('div', { class: 'filter' }, icon('search'), input, clear);
  const message = h('span', { id: 'filter-message', class: 'filter-message', role: 'status' });
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

  return {
    box,
    message,
    focus: () => input.focus(),
    update({ pairs }: ComparisonView): void {
      const { filterError, matching } = session.rows;
      const { filter } = session.state.saved;
      const count = () => l10n.t('{0} of {1}', formatCount(matching), formatCount(pairs));
      setText(message, filterError ?? (filter ? count() : ''));
      message.classList.toggle('error', filterError !== null);
      setAttribute(input, 'aria-invalid', filterError ? 'true' : undefined);
      box.classList.toggle('invalid', filterError !== null);
      show(clear, input.value !== '');
    },
  };
}

function createStatus(session: CompareSession) {
  const text = h('span', { class: 'status-text' });
  const failed = h('span', { class: 'status-failed' }, icon('error'), h('span'));
  const resume = button({
    label: l10n.t('Resume'),
    onClick: () => session.act(client => client.request('comparison/resume', null)),
  });
  const cancel = button({
    label: l10n.t('Cancel'),
    onClick: () => session.act(client => client.request('comparison/cancel', null)),
  });
  const spoken = h('span', { class: 'visually-hidden', role: 'status' });
  const element = h('div', { class: 'analysis' }, text, failed, resume, cancel, spoken);
  const bar = h('div', { class: 'progress-bar' });
  const progress = h(
    'div',
    {
      ...{ class: 'progress', role: 'progressbar', 'aria-label': l10n.t('Comparison') },
      ...{ 'aria-valuemin': 0, 'aria-valuemax': 100 },
    },
    bar,
  );
  return {
    element,
    progress,
    update(view: ComparisonView): void {
      const { state } = view;
      element.dataset.state = state;
      setText(text, statusText(view));
      setText(spoken, spokenText(state));
      show(failed, view.failed > 0);
      setText(failed.lastElementChild!, l10n.t('{0} failed', formatCount(view.failed)));
      show(resume, state === 'cancelled');
      show(cancel, state === 'running');
      const percent = Math.floor(view.fraction * 100);
      progress.classList.toggle('active', state === 'running');
      setAttribute(progress, 'aria-hidden', state === 'running' ? undefined : 'true');
      setAttribute(progress, 'aria-valuenow', percent);
      bar.style.width = `${percent}%`;
    },
  };
}

/** For screen readers: only what changes rarely. */
function spokenText(state: ComparisonView['state']): string {
  switch (state) {
    case 'running':
      return l10n.t('Comparison is running');
    case 'done':
      return l10n.t('Comparison is done');
    case 'cancelled':
      return l10n.t('Comparison was cancelled');
  }
}

/** How far a comparison is, in words. */
export function statusText({ state, donePairs, pairs, current, fraction }: ComparisonView): string {
  if (state === 'done') return l10n.t('Compared {0}', pairCount(pairs));
  if (state === 'cancelled')
    return l10n.t('Cancelled · {0} of {1} compared', formatCount(donePairs), formatCount(pairs));
  const parts = [
    l10n.t('{0} to go', pairCount(pairs - donePairs)),
    ...(current ? [middleEllipsis(current, 40)] : []),
    `${Math.floor(fraction * 100)} %`,
  ];
  return parts.join(' · ');
}
