import * as l10n from '@vscode/l10n';
import type { PairDetail, PairFigures, PairRow } from '../../src/protocol/compare';
import { createTextTooltip } from '../charts/textTooltip';
import { onThemeChange, readTheme } from '../charts/theme';
import { breakable, button, h, icon, oncePerFrame, setAttribute, setText, show } from '../dom';
import { formatCount, formatFigure, formatShape } from '../format';
import type { Painter } from '../views/storedCharts';
import { blockText, sqnrText } from './columns';
import { makePictures } from './pictures';
import type { CompareSession, DetailState } from './session';

/** The panel about the selected pair. `onClose` is to select none and to take the keyboard elsewhere. */
export function createPairDetails(session: CompareSession, onClose: () => void) {
  const tooltip = createTextTooltip();
  const body = h('div', { class: 'pair-body' });
  const element = h(
    'aside',
    { class: 'details', 'aria-label': l10n.t('Details'), tabindex: -1 },
    body,
    tooltip.element,
  );
  const close = button({
    label: l10n.t('Close the details'),
    icon: 'close',
    kind: 'icon',
    onClick: onClose,
  });
  const percent = h('span');
  let painters: readonly Painter[] = [];
  let drawn: readonly unknown[] = [];
  const paint = oncePerFrame(() => {
    const theme = readTheme();
    for (const painter of painters) painter(theme);
  });
  const observer = new ResizeObserver(paint);
  observer.observe(body);
  const stopTheme = onThemeChange(paint);

  function update(): void {
    const { detail, saved } = session.state;
    element.classList.toggle('of-file', detail === null);
    const isLoading = detail?.status === 'loading';
    if (isLoading) setText(percent, percentText(detail.fraction));
    // Progress is no reason to draw again: all but the percentage stays as it is.
    const next = [isLoading ? saved.selected : detail, saved.asTable];
    if (next.every((part, i) => part === drawn[i]) && drawn.length > 0) return;
    drawn = next;
    painters = [];
    show(tooltip.element, false);
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    body.replaceChildren(...content(detail));
    if (focused instanceof HTMLElement) (body.contains(focused) ? focused : element).focus();
    paint();
  }

  function content(detail: DetailState | null): HTMLElement[] {
    const name = session.state.saved.selected?.name ?? '';
    switch (detail?.status) {
      case undefined:
        return [makeIntroduction()];
      case 'loading':
        return [makeHead(close, name), makeLoading(percent)];
      case 'failed':
        return [makeHead(close, name), makeFailure(session, detail.message)];
      case 'ready':
        return makeReady(detail.pair);
    }
  }

  function makeReady(pair: PairDetail): HTMLElement[] {
    const { figures, error, detail, shape } = pair;
    const head = makeHead(close, pair.name, pair);
    if (!figures) return [head, makeFailure(session, error ?? '')];
    const figureSection = section(l10n.t('Difference'), makeFigures(figures));
    if (!detail) return [head, figureSection];
    const { asTable } = session.state.saved;
    const blocks = makePictures(detail, shape, { asTable, tooltip });
    painters = blocks.flatMap(block => block.painters);
    const pictures = h('section', { class: 'details-section stored' }, pictureHead(asTable));
    pictures.append(h('div', { class: 'stored-body' }, ...blocks.map(block => block.element)));
    return [head, figureSection, pictures];
  }

  function pictureHead(asTable: boolean): HTMLElement {
    const toggle = button({
      label: l10n.t('Show as table'),
      icon: 'table',
      kind: 'link',
      onClick: () => {
        session.setLayout({ asTable: !session.state.saved.asTable });
        element.querySelector<HTMLElement>('.stored-head .button')?.focus();
      },
    });
    setAttribute(toggle, 'aria-pressed', String(asTable));
    return h('div', { class: 'stored-head' }, h('h3', {}, l10n.t('Values and errors')), toggle);
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

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('section', { class: 'details-section' }, h('h3', {}, title), ...children);
}

function makeIntroduction(): HTMLElement {
  const text = l10n.t('Select a pair in the chart or the table to see where its weights differ.');
  const figures = l10n.t('Figures are of the first minus the second, against the first.');
  return h(
    'div',
    { class: 'details-head' },
    h('p', { class: 'note' }, text),
    h('p', { class: 'note' }, figures),
  );
}

function makeHead(close: HTMLElement, name: string, pair?: PairRow): HTMLElement {
  const facts = pair
    ? [`${pair.storedA} ↔ ${pair.storedB}`, formatShape(pair.shape)].map(fact =>
        h('span', { class: 'fact' }, fact),
      )
    : [];
  const other = pair?.otherName ? h('p', { class: 'note' }, `↔ ${pair.otherName}`) : null;
  return h(
    'div',
    { class: 'details-head' },
    h('div', { class: 'details-title' }, h('h2', {}, ...breakable(name)), close),
    other,
    h('div', { class: 'facts' }, ...facts),
  );
}

function percentText(fraction: number): string {
  return fraction > 0 ? ` ${Math.floor(fraction * 100)} %` : '';
}

/** The percentage stands outside the live region: it would be read out at each step. */
function makeLoading(percent: HTMLElement): HTMLElement {
  const text = h(
    'p',
    {},
    h('span', { role: 'status' }, icon('loading'), ' ', l10n.t('Comparing …')),
    percent,
  );
  const place = () => h('div', { class: 'stored-place', 'aria-hidden': 'true' });
  return h('div', { class: 'details-section stored-loading' }, text, place(), place());
}

function makeFailure(session: CompareSession, message: string): HTMLElement {
  const again = button({ label: l10n.t('Try again'), onClick: () => session.retryDetail() });
  const sign = h('span', { class: 'badge error' }, icon('error'));
  return h('div', { class: 'details-status', role: 'alert' }, sign, message, again);
}

function makeFigures(figures: PairFigures): HTMLElement {
  const { maxAt, worstBlock, nonFinite } = figures;
  const rows: [term: string, value: string, title?: string][] = [
    [l10n.t('SQNR, dB'), sqnrText(figures), l10n.t('Signal to quantization noise ratio')],
    [
      l10n.t('Rel. error'),
      formatFigure(figures.relativeFrobenius),
      l10n.t('Relative Frobenius error'),
    ],
    [l10n.t('Cosine'), formatFigure(figures.cosine, 6), l10n.t('Cosine similarity')],
    [l10n.t('MSE'), formatFigure(figures.mse), l10n.t('Mean squared error')],
    [l10n.t('Mean |error|'), formatFigure(figures.meanAbsError)],
    [l10n.t('Max error'), formatFigure(figures.maxAbsError), l10n.t('Largest absolute error')],
    [l10n.t('Max at'), maxAt ? `[${maxAt.row}, ${maxAt.col}]` : '–', l10n.t('Row and column')],
    [l10n.t('Worst block'), worstBlock ? blockText(worstBlock) : '–', l10n.t('Rows and columns')],
    [l10n.t('Its MSE'), formatFigure(worstBlock?.mse)],
    [
      l10n.t('Not finite'),
      formatCount(nonFinite),
      l10n.t('Pairs with a NaN or an infinity, which are left out'),
    ],
  ];
  const list = rows.flatMap(([term, value, title]) => [
    h('dt', { title }, term),
    h('dd', {}, value),
  ]);
  return h('dl', { class: 'pair-figures' }, ...list);
}
