import type { TensorDetail } from '../../src/protocol/editor';
import type { ErrorReport } from '../../src/quant/errorReport';
import type { Profile } from '../../src/stats/profile';
import { createSwatch } from '../charts/swatch';
import { onThemeChange, readTheme } from '../charts/theme';
import { breakable, button, h, icon } from '../dom';
import {
  formatBand,
  formatBytes,
  formatCount,
  formatCountOf,
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
  const element = h('aside', { class: 'details', 'aria-label': 'Details', tabindex: -1 });
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
    const head = makeHead(detail, onClose);
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
  if (detail.findings.length) body.append(section('Findings', createFindingList(detail.findings)));
  if (detail.stored) {
    const show = () => session.showRaw(true);
    body.append(section('Stored as', ...createStoredAs(detail.stored, show)));
  }
  return body;
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('section', { class: 'details-section' }, h('h3', {}, title), ...children);
}

function makeHead(detail: TensorDetail, onClose: () => void): HTMLElement {
  const copy = button({
    label: 'Copy the name',
    icon: 'copy',
    kind: 'icon',
    onClick: () => void copyName(copy, detail.name),
  });
  const close = button({
    label: 'Close the details',
    icon: 'close',
    kind: 'icon',
    onClick: onClose,
  });
  const facts = [
    detail.dtype,
    formatShape(detail.shape),
    formatCountOf(detail.elements, 'element'),
    formatBytes(detail.byteLength),
  ];
  if (detail.stored) facts.push(`${formatPlain(detail.stored.bitsPerWeight)} bits per weight`);
  if (detail.file) facts.push(detail.file);
  return h(
    'div',
    { class: 'details-head' },
    h('div', { class: 'details-title' }, h('h2', {}, ...breakable(detail.name)), copy, close),
    h('div', { class: 'facts' }, ...facts.map(text => h('span', { class: 'fact' }, text))),
  );
}

async function copyName(control: HTMLElement, name: string): Promise<void> {
  const done = await navigator.clipboard.writeText(name).then(
    () => true,
    () => false, // refused without focus or permission: the icon tells
  );
  control.replaceChildren(icon(done ? 'check' : 'error'));
  control.title = done ? 'Copied' : 'The clipboard is not available';
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
      return line(`Being analysed · ${Math.floor(fraction * 100)} %`);
    case 'waiting':
      return running
        ? line('Waits for its turn')
        : line('Not analysed yet', analyse('Analyse this tensor'));
    case 'failed':
      return line(
        h('span', { class: 'badge error' }, icon('error')),
        error?.message ?? 'The analysis failed',
        analyse('Try again'),
      );
    case 'sampled':
      return line(
        `Figures of a sample: ${formatPercent(analysis?.sampled)} of the elements`,
        analyse('Analyse this tensor'),
      );
    case 'no-figures':
      return line('No figures are defined for this element type or shape');
    case 'done':
      return null;
  }
}

function makeStatistics(profile: Profile): HTMLElement {
  const { outliers, count } = profile;
  const share = count ? outliers.count / count : null;
  const rows: [string, string, string?][] = [
    ['Min', formatFigure(profile.min)],
    ['Max', formatFigure(profile.max)],
    ['|max|', formatFigure(profile.absMax)],
    ['Mean', formatFigure(profile.mean)],
    ['Std', formatFigure(profile.std), 'Population standard deviation, σ'],
    ['Zeros', formatCount(profile.zeros)],
    ['NaN', formatCount(profile.nan)],
    ['Inf', formatCount(profile.infinite)],
    ['Outliers', outliers.count ? `${formatCount(outliers.count)} (${formatPercent(share)})` : '0'],
  ];
  const list = rows.flatMap(([term, value, title]) => [
    h('dt', { title }, term),
    h('dd', {}, value),
  ]);
  const section_ = section('Statistics', h('dl', { class: 'pairs' }, ...list));
  const note = thresholdText(profile);
  if (note) section_.append(h('p', { class: 'note' }, note));
  return section_;
}

/** `|x| > 6σ = 0.83`; the factor is threshold over std, as it was used. */
function thresholdText({ outliers, std }: Profile): string | null {
  const { threshold } = outliers;
  if (threshold === null || !std) return null;
  return `Outliers: |x| > ${formatPlain(threshold / std)}σ = ${formatFigure(threshold, 3)}`;
}

const figures: readonly (readonly [string, (r: ErrorReport) => string, string])[] = [
  ['Bits per weight', r => formatPlain(r.bitsPerWeight), 'Codes with their scales and zero points'],
  ['Scale', r => formatBand(r.scale.min, r.scale.max, x => formatFigure(x, 3)), 'Size of one step'],
  [
    'Zero point',
    r => formatBand(r.zeroPoint.min, r.zeroPoint.max, formatInteger),
    'Code that stands for 0',
  ],
  ['SQNR, dB', r => formatDecibel(r.sqnrDb), 'Signal to quantization noise ratio'],
  ['MSE', r => formatFigure(r.mse, 3), 'Mean squared error'],
  ['Max error', r => formatFigure(r.maxAbsError, 3), 'Largest absolute error'],
  ['Clipped', r => formatPercent(r.clippedFraction), 'Values outside the representable range'],
  ['Scales', r => formatCount(r.scale.count), 'Number of scales: one a tensor, channel or group'],
];

function makeSchemes({ analysis }: TensorDetail, session: Session): HTMLElement {
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
  const rows = figures.map(([title, format, help]) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: help }, title),
      ...reports.map((report, i) => h('td', { class: column(i) }, report ? format(report) : '–')),
    ),
  );
  const head = h('tr', {}, h('td'), ...heads);
  return section(
    'Quantization',
    h('table', { class: 'schemes' }, h('thead', {}, head), h('tbody', {}, ...rows)),
  );
}
