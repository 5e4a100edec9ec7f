import * as l10n from '@vscode/l10n';
import { tensorKind } from '../../src/base/tensorKind';
import type { TensorDetail } from '../../src/protocol/editor';
import type { ErrorReport } from '../../src/quant/errorReport';
import type { Profile } from '../../src/stats/profile';
import { createKindBadge, kindName } from '../charts/kinds';
import { createSwatch } from '../charts/swatch';
import { onThemeChange, readTheme } from '../charts/theme';
import { excessLoss } from '../charts/theory';
import { elementCount } from '../counts';
import { breakable, button, h, icon } from '../dom';
import {
  exactFigure,
  formatBand,
  formatBytes,
  formatCount,
  formatDecibel,
  formatFigure,
  formatInteger,
  formatPercent,
  formatPlain,
  formatShape,
} from '../format';
import type { Session } from '../session';
import { createFindingList } from './findings';
import { createOverview } from './overview';
import { createStoredAs } from './storedAs';
import { createStoredParams } from './storedParams';

/**
 * The panel about the selected tensor; about the whole file when none is.
 * `onClose` is to select none, and to take the keyboard from a panel that may vanish.
 */
export function createDetails(session: Session, onClose: () => void) {
  const element = h('aside', { class: 'details', 'aria-label': l10n.t('Details'), tabindex: -1 });
  const stored = createStoredParams(session);
  let drawn: readonly unknown[] = [];

  const stopTheme = onThemeChange(() => {
    drawn = []; // the schemes' signs are pictures in the theme's colours
    update();
  });

  function update(): void {
    const { doc, detail, selected, scheme } = session.state;
    if (!doc) return;
    const shown = selected === null ? null : detail;
    if (selected !== null && !shown) return;
    const next = shown
      ? [shown, scheme, doc.analysis.state === 'running']
      : [doc.summary, doc.generation];
    element.classList.toggle('of-file', !shown);
    const key = JSON.stringify(next);
    if (drawn[0] === key) return;
    const other = drawn[1] !== shown?.tensor;
    drawn = [key, shown?.tensor];
    const { scrollTop } = element;
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    element.replaceChildren(...(shown ? makeDetails(shown) : createOverview(doc)));
    element.scrollTop = other ? 0 : scrollTop;
    if (focused instanceof HTMLElement) refocus(focused);
  }

  /** Redrawing must not take the keyboard away from a control that is still there; the panel takes it from others. */
  function refocus(focused: HTMLElement): void {
    const controls = [...element.querySelectorAll<HTMLElement>('button, [aria-label]')];
    const same = controls.find(control => labelOf(control) === labelOf(focused));
    (element.contains(focused) ? focused : (same ?? element)).focus();
  }

  function makeDetails(detail: TensorDetail): HTMLElement[] {
    const body = makeBody(detail, session);
    body.append(stored.element);
    const status = makeStatus(detail, session);
    const head = makeHead(detail, { onClose, onOpen: () => session.showView('layer') });
    return status ? [head, status, body] : [head, body];
  }

  return {
    element,
    update,
    updateStored: stored.update,
    destroy() {
      stopTheme();
      stored.destroy();
    },
  };
}

function labelOf(control: HTMLElement): string | null {
  return control.getAttribute('aria-label') ?? control.textContent;
}

function makeBody(detail: TensorDetail, session: Session): HTMLElement {
  const body = h('div', { class: 'details-body' });
  if (detail.analysis?.profile) body.append(makeStatistics(detail.analysis.profile));
  if (detail.analysis?.reports.some(Boolean)) body.append(makeSchemes(detail, session));
  if (detail.findings.length)
    body.append(section(l10n.t('Findings'), createFindingList(detail.findings)));
  if (detail.stored) {
    const show = () => session.showRaw(true);
    body.append(section(l10n.t('Stored as'), ...createStoredAs(detail.stored, show)));
  }
  return body;
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('section', { class: 'details-section' }, h('h3', {}, title), ...children);
}

interface HeadEvents {
  onClose(): void;
  onOpen(): void;
}

function makeHead(detail: TensorDetail, { onClose, onOpen }: HeadEvents): HTMLElement {
  const copy = button({
    label: l10n.t('Copy the name'),
    icon: 'copy',
    kind: 'icon',
    onClick: () => void copyName(copy, detail.name),
  });
  const close = button({
    label: l10n.t('Close the details'),
    icon: 'close',
    kind: 'icon',
    onClick: onClose,
  });
  const open = button({
    label: l10n.t('Open layer'),
    icon: 'graph',
    title: l10n.t('Show this tensor alone: histogram, channels, outliers'),
    onClick: onOpen,
  });
  const facts = [
    detail.dtype,
    formatShape(detail.shape),
    elementCount(detail.elements),
    formatBytes(detail.byteLength),
  ];
  if (detail.stored)
    facts.push(l10n.t('{0} bits per weight', formatPlain(detail.stored.bitsPerWeight)));
  if (detail.file) facts.push(detail.file);
  const kind = tensorKind(detail.name);
  const badge = createKindBadge(kind);
  badge.setAttribute('aria-hidden', 'true'); // its name stands beside it
  return h(
    'div',
    { class: 'details-head' },
    h('div', { class: 'details-title' }, h('h2', {}, ...breakable(detail.name)), copy, close),
    h(
      'div',
      { class: 'facts' },
      h('span', { class: 'fact' }, badge, ' ', kindName(kind)),
      ...facts.map(text => h('span', { class: 'fact' }, text)),
    ),
    h('div', { class: 'details-actions' }, open),
  );
}

async function copyName(control: HTMLElement, name: string): Promise<void> {
  const done = await navigator.clipboard.writeText(name).then(
    () => true,
    () => false, // refused without focus or permission: the icon tells
  );
  control.replaceChildren(icon(done ? 'check' : 'error'));
  control.title = done ? l10n.t('Copied') : l10n.t('The clipboard is not available');
}

function makeStatus(detail: TensorDetail, session: Session): HTMLElement | null {
  const { status, tensor, fraction, error, analysis } = detail;
  const running = session.state.doc?.analysis.state === 'running';
  const analyse = (label: string) =>
    button({
      label,
      onClick: () =>
        session.act(c => c.request('analysis/start', { mode: 'all', tensors: [tensor] })),
    });
  const line = (...children: (HTMLElement | string)[]) =>
    h('div', { class: 'details-status' }, ...children);
  switch (status) {
    case 'running':
      return line(l10n.t('Being analysed · {0} %', Math.floor(fraction * 100)));
    case 'waiting':
      return running
        ? line(l10n.t('Waits for its turn'))
        : line(l10n.t('Not analysed yet'), analyse(l10n.t('Analyse this tensor')));
    case 'failed':
      return line(
        h('span', { class: 'badge error' }, icon('error')),
        error?.message ?? l10n.t('The analysis failed'),
        analyse(l10n.t('Try again')),
      );
    case 'sampled':
      return line(
        l10n.t('Figures of a sample: {0} of the elements', formatPercent(analysis?.sampled)),
        analyse(l10n.t('Analyse this tensor')),
      );
    case 'no-figures':
      return line(l10n.t('No figures are defined for this element type or shape'));
    case 'done':
      return null;
  }
}

function makeStatistics(profile: Profile): HTMLElement {
  const { outliers, count } = profile;
  const share = count ? outliers.count / count : null;
  const outlierText = `${formatCount(outliers.count)} (${formatPercent(share)})`;
  const { min, max, absMax, mean, std } = profile;
  const rows: [
    term: string,
    value: string,
    help?: string | undefined,
    exact?: string | undefined,
  ][] = [
    [l10n.t('Min'), formatFigure(min), undefined, exactFigure(min)],
    [l10n.t('Max'), formatFigure(max), undefined, exactFigure(max)],
    [l10n.t('|max|'), formatFigure(absMax), undefined, exactFigure(absMax)],
    [l10n.t('Mean'), formatFigure(mean), undefined, exactFigure(mean)],
    [
      l10n.t('Std'),
      formatFigure(std),
      l10n.t('Population standard deviation, σ'),
      exactFigure(std),
    ],
    [l10n.t('Zeros'), formatCount(profile.zeros)],
    [l10n.t('NaN'), formatCount(profile.nan)],
    [l10n.t('Inf'), formatCount(profile.infinite)],
    [l10n.t('Outliers'), outliers.count ? outlierText : '0'],
  ];
  const list = rows.flatMap(([term, value, title, exact]) => [
    h('dt', { title }, term),
    h('dd', { title: exact }, value),
  ]);
  const section_ = section(l10n.t('Statistics'), h('dl', { class: 'pairs' }, ...list));
  const note = thresholdText(profile);
  if (note) section_.append(h('p', { class: 'note' }, note));
  return section_;
}

/** `|x| > 6σ = 0.83`; the factor is threshold over std, as it was used. */
function thresholdText({ outliers, std }: Profile): string | null {
  const { threshold } = outliers;
  if (threshold === null || !std) return null;
  return l10n.t(
    'Outliers: |x| > {0}σ = {1}',
    formatPlain(threshold / std),
    formatFigure(threshold, 3),
  );
}

type FigureRow = readonly [
  title: string,
  format: (report: ErrorReport) => string,
  help: string,
  exact?: (report: ErrorReport) => string | undefined,
];

function figureRows(reports: readonly (ErrorReport | null)[]): readonly FigureRow[] {
  const isSpread = reports.some(r => r && r.scale.count > 1);
  const medians: readonly FigureRow[] = [
    [
      l10n.t('Median scale'),
      r => formatFigure(r.scale.median, 3),
      l10n.t('The middle of the scales of channels or groups'),
      r => exactFigure(r.scale.median),
    ],
  ];
  return [
    [
      l10n.t('Bits per weight'),
      r => formatPlain(r.bitsPerWeight),
      l10n.t('Codes with their scales and zero points'),
      r => exactFigure(r.bitsPerWeight),
    ],
    [
      l10n.t('Scale'),
      r => formatBand(r.scale.min, r.scale.max, x => formatFigure(x, 3)),
      l10n.t('Size of one step'),
      r => exactFigure(r.scale.min, r.scale.max),
    ],
    ...(isSpread ? medians : []),
    [
      l10n.t('Zero point'),
      r => formatBand(r.zeroPoint.min, r.zeroPoint.max, formatInteger),
      l10n.t('Code that stands for 0'),
    ],
    [
      l10n.t('SQNR, dB'),
      r => formatDecibel(r.sqnrDb),
      l10n.t('Signal to quantization noise ratio'),
      r => exactFigure(r.sqnrDb),
    ],
    [
      l10n.t('MSE'),
      r => formatFigure(r.mse, 3),
      l10n.t('Mean squared error'),
      r => exactFigure(r.mse),
    ],
    [
      l10n.t('Max error'),
      r => formatFigure(r.maxAbsError, 3),
      l10n.t('Largest absolute error'),
      r => exactFigure(r.maxAbsError),
    ],
    [
      l10n.t('Clipped'),
      r => formatPercent(r.clippedFraction),
      l10n.t('Values outside the representable range'),
    ],
    [
      l10n.t('Scales'),
      r => formatCount(r.scale.count),
      l10n.t('Number of scales: one a tensor, channel or group'),
    ],
  ];
}

/** Beside the SQNR, where theory has something to say: what Gaussian weights would get, and how much is lost beyond that. */
function theoryRows({ analysis }: TensorDetail, column: (i: number) => string | undefined) {
  const gaussian = analysis?.gaussianSqnrDb ?? [];
  if (!gaussian.some(x => x !== null)) return [];
  const row = (title: string, help: string, figure: (i: number) => number | null) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: help }, title),
      ...gaussian.map((_, i) =>
        h('td', { class: column(i), title: exactFigure(figure(i)) }, formatDecibel(figure(i))),
      ),
    );
  const excess = (i: number) =>
    excessLoss(analysis?.reports[i]?.sqnrDb, gaussian[i])?.lossDb ?? null;
  return [
    row(
      l10n.t('Gaussian, dB'),
      l10n.t('SQNR that Gaussian weights of this shape would get'),
      i => gaussian[i] ?? null,
    ),
    row(l10n.t('Excess loss, dB'), l10n.t('How much less these weights get'), excess),
  ];
}

function makeSchemes(detail: TensorDetail, session: Session): HTMLElement {
  const { analysis } = detail;
  const reports = analysis?.reports ?? [];
  const { doc, scheme } = session.state;
  const theme = readTheme();
  const column = (i: number) => (i === scheme ? 'emphasised' : undefined);
  const heads = reports.map((report, i) =>
    h(
      'th',
      { scope: 'col', class: column(i) },
      createSwatch(theme, i),
      ' ',
      report?.scheme ?? doc?.schemes[i],
    ),
  );
  const rows = figureRows(reports).map(([title, format, help, exact]) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: help }, title),
      ...reports.map((report, i) =>
        h(
          'td',
          { class: column(i), title: report ? exact?.(report) : undefined },
          report ? format(report) : '–',
        ),
      ),
    ),
  );
  const head = h('tr', {}, h('td'), ...heads);
  return section(
    l10n.t('Quantization'),
    h(
      'table',
      { class: 'schemes' },
      h('thead', {}, head),
      h('tbody', {}, ...rows, ...theoryRows(detail, column)),
    ),
  );
}
