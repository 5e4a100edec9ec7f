import * as l10n from '@vscode/l10n';
import { createTextTooltip, type TextTooltip } from '../charts/textTooltip';
import { onThemeChange, readTheme } from '../charts/theme';
import { button, h, icon, oncePerFrame, setAttribute, show } from '../dom';
import type { Session } from '../session';
import { type Block, makeStoredCharts, type Painter, still } from './storedCharts';

/** The section about the stored scales, zero points and codes of the selected weight. It outlives redrawing of what is around it. */
export function createStoredParams(session: Session) {
  const tooltip = createTextTooltip();
  const asTable = button({
    label: l10n.t('Show as table'),
    icon: 'table',
    kind: 'link',
    onClick: () => session.setLayout({ storedAsTable: !session.state.saved.storedAsTable }),
  });
  asTable.setAttribute('aria-label', l10n.t('Show as table: stored parameters')); // the charts have one, too
  const head = h(
    'div',
    { class: 'stored-head' },
    h('h3', {}, l10n.t('Stored parameters')),
    asTable,
  );
  const body = h('div', { class: 'stored-body' });
  const element = h('section', { class: 'details-section stored' }, head, body, tooltip.element);
  let drawn: readonly unknown[] = [];
  let painters: readonly Painter[] = [];
  const paint = oncePerFrame(() => {
    const theme = readTheme();
    for (const painter of painters) painter(theme);
  });
  const observer = new ResizeObserver(paint);
  observer.observe(body);
  const stopTheme = onThemeChange(paint);

  function update(): void {
    const { stored, saved } = session.state;
    show(element, stored !== null);
    show(asTable, stored?.status === 'ready');
    setAttribute(asTable, 'aria-pressed', String(saved.storedAsTable));
    if (drawn[0] === stored && drawn[1] === saved.storedAsTable) return;
    drawn = [stored, saved.storedAsTable];
    const blocks = makeBlocks(session, tooltip);
    painters = blocks.flatMap(block => block.painters);
    body.replaceChildren(...blocks.map(block => block.element));
    show(tooltip.element, false);
    paint();
  }

  return {
    element,
    update,
    destroy() {
      observer.disconnect();
      stopTheme();
    },
  };
}

function makeBlocks(session: Session, tooltip: TextTooltip): Block[] {
  const { stored, saved } = session.state;
  switch (stored?.status) {
    case undefined:
      return [];
    case 'loading':
      return [still(makeLoading())];
    case 'failed':
      return [still(makeFailure(stored.message, session))];
    case 'ready':
      return makeStoredCharts(stored.view, { asTable: saved.storedAsTable, tooltip });
  }
}

/** Takes about the room of what will come, so that nothing jumps. */
function makeLoading(): HTMLElement {
  const text = h(
    'p',
    { role: 'status' },
    icon('loading'),
    ' ',
    l10n.t('Reading the scales and counting the codes …'),
  );
  const place = () => h('div', { class: 'stored-place', 'aria-hidden': 'true' });
  return h('div', { class: 'stored-loading' }, text, place(), place());
}

function makeFailure(message: string, session: Session): HTMLElement {
  const again = button({ label: l10n.t('Try again'), onClick: () => session.retryStored() });
  const sign = h('span', { class: 'badge error' }, icon('error'));
  return h('div', { class: 'stored-failure', role: 'alert' }, sign, message, again);
}
