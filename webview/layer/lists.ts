import * as l10n from '@vscode/l10n';
import type { Fix } from '../../src/protocol/layer';
import type { ProfileDetail } from '../../src/stats/profile';
import { figure, table } from '../charts/storedTables';
import { button, h, icon, setText, show } from '../dom';
import { formatCount, formatFigure, formatPercent, formatPlain } from '../format';
import { createFrame, createTableBox, type Section } from './frame';
import type { LayerStore } from './store';
import { gainText, isGain } from './texts';

/** The largest weights, and what keeping them apart would bring. */
export function createOutliersSection(
  store: LayerStore,
  onValue: (row: number, col: number) => void,
): Section {
  const frame = createFrame(store, {
    id: 'outliers',
    title: l10n.t('Largest weights'),
    help: l10n.t('The weights of the largest magnitude, with their place in the matrix'),
  });
  const rows = createTableBox();
  const gain = h('p', { class: 'stored-words' });
  const note = h('p', { class: 'note' }, l10n.t('There are no figures of single weights.'));
  frame.body.append(gain, rows.element, note);
  return {
    element: frame.element,
    isOfTensor: true,
    update() {
      const { base, fixes } = store;
      const { value } = base;
      const top = value?.detail?.top ?? [];
      frame.follow(base, value !== null);
      show(note, top.length === 0);
      rows.update(top.length > 0 ? [value] : null, () => outlierTable(value!, onValue));
      const fix = fixes.value?.find(({ cause }) => cause === 'outliers');
      show(gain, fix !== undefined && fix.gainDb !== null);
      if (fix) setText(gain, apartText(fix));
    },
    paint() {},
  };
}

/** What keeping the largest weights apart brings. */
function apartText({ scheme, gainDb, bitsPerWeight }: Fix): string {
  return isGain(gainDb)
    ? l10n.t(
        'Kept apart ({0}): {1} dB, at {2} bits per weight.',
        scheme,
        gainText(gainDb),
        bitsPerWeight === null ? '–' : formatPlain(bitsPerWeight),
      )
    : l10n.t('Keeping them apart ({0}) gains nothing.', scheme);
}

function outlierTable(
  { detail, profile, matrix }: NonNullable<LayerStore['base']['value']>,
  onValue: (row: number, col: number) => void,
): HTMLElement {
  const std = profile?.std ?? 0;
  const lines = (detail?.top ?? []).map(({ index, value }) => {
    const [row, col] = placeOf(index, matrix.cols);
    const place = `[${row}, ${col}]`;
    const link = button({
      label: place,
      title: l10n.t('Show the values around {0}', place),
      kind: 'link',
      onClick: () => onValue(row, col),
    });
    return [link, figure(value), std > 0 ? `${formatFigure(value / std)} σ` : '–'];
  });
  const heads = [l10n.t('Place'), l10n.t('Weight'), l10n.t('In standard deviations')];
  return table(l10n.t('Weights by magnitude'), heads, lines);
}

/** Row and column of a row-major index. */
export function placeOf(index: number, cols: number): readonly [row: number, col: number] {
  return [Math.floor(index / cols), index % cols];
}

/** What plain casts do to the weights. */
export function createCastsSection(store: LayerStore): Section {
  const frame = createFrame(store, {
    id: 'casts',
    title: l10n.t('Casts'),
    help: l10n.t('What rounding to a smaller floating-point format does, without any scale'),
  });
  const rows = createTableBox();
  const note = h('p', { class: 'note' }, l10n.t('There are no figures of casts.'));
  frame.body.append(rows.element, note);
  return {
    element: frame.element,
    isOfTensor: true,
    update() {
      const { base } = store;
      const { value } = base;
      const casts = value?.detail?.casts ?? [];
      frame.follow(base, value !== null);
      frame.setUnit(l10n.t('weights'));
      show(note, casts.length === 0);
      rows.update(casts.length > 0 ? [value] : null, () =>
        castTable(casts, finiteCount(value!.profile)),
      );
    },
    paint() {},
  };
}

function finiteCount(profile: NonNullable<LayerStore['base']['value']>['profile']): number {
  return profile ? profile.count - profile.nan - profile.infinite : 0;
}

/** A count with its share below it: side by side they are too wide for a narrow page. */
function shareCell(count: number, all: number): HTMLElement {
  const share = count > 0 && h('span', { class: 'sub' }, formatPercent(count / all));
  return h('span', {}, formatCount(count), share);
}

function castTable(casts: ProfileDetail['casts'], all: number): HTMLElement {
  const lines = casts.map(({ format, changed, overflow, underflow, subnormal }) => [
    format.toUpperCase(),
    shareCell(changed, all),
    overflow > 0
      ? h(
          'span',
          {},
          h('span', { class: 'badge warning' }, icon('warning')),
          ' ',
          shareCell(overflow, all),
        )
      : '0',
    shareCell(underflow, all),
    shareCell(subnormal, all),
  ]);
  const heads = [l10n.t('Changed'), l10n.t('Overflow'), l10n.t('Become 0'), l10n.t('Subnormal')];
  return table(l10n.t('Casts of the weights'), [l10n.t('Format'), ...heads], lines);
}
