import * as l10n from '@vscode/l10n';
import type { Formula, FormulaStep } from '../../src/explain/formula';
import { marks } from '../../src/protocol/values';
import { h } from '../dom';
import { formatCount } from '../format';
import { type ElementKind, exactNumber, formatCode, shortNumber } from './cellText';
import type { Found } from './pages';
import { indicesOf } from './slice';

/** The selected element. */
export interface Selected {
  readonly shape: readonly number[];
  readonly index: number;
  readonly kind: ElementKind;
  /** Undefined until it is there. */
  readonly found: Found | undefined;
  /** Whether it could not be read; the line below the grid says why. */
  readonly hasFailed: boolean;
  /** Whose formula is shown; null where there is none. */
  readonly scheme: string | null;
  /** Undefined until it is there. */
  readonly formula: Formula | undefined;
}

/** Makes the section about the selected element. */
export function createElementView() {
  const element = h('section', {
    class: 'details-section values-element',
    'aria-label': l10n.t('Selected value'),
  });
  let drawn = '';

  return {
    element,
    update(selected: Selected | null): void {
      const children = selected ? makeElement(selected) : [];
      const box = h('div', {}, ...children);
      // Compared as a whole: what is the same stays, and with it what the user has marked.
      if (box.innerHTML === drawn) return;
      drawn = box.innerHTML;
      element.replaceChildren(...box.childNodes);
    },
  };
}

function makeElement(selected: Selected): HTMLElement[] {
  const { shape, index, found, formula, kind, scheme } = selected;
  const indices = indicesOf(shape, index).join(', ');
  const title = h(
    'h3',
    { class: 'values-place', title: l10n.t('Flat index #{0}', index) },
    shape.length > 0 ? `[${indices}]` : l10n.t('scalar'),
    ' ',
    h('span', { class: 'values-flat' }, `#${formatCount(index)}`),
  );
  if (!found) {
    const text = selected.hasFailed ? l10n.t('This value could not be read.') : l10n.t('Loading …');
    return [title, h('p', { class: 'note' }, text)];
  }
  const { page, slot } = found;
  const value = page.values[slot]!;
  const digits = page.exact?.[slot];
  const text = digits || (kind === 'bool' ? (value ? 'true' : 'false') : shortNumber(value));
  const pairs: [string, string, string?][] = [
    [l10n.t('Original'), text, digits || exactNumber(value)],
  ];
  if (page.quantized) {
    const result = page.quantized.results[slot]!;
    const error = value - result + 0;
    pairs.push(
      [l10n.t('Code'), formatCode(page.quantized.codes[slot]!)],
      [l10n.t('Dequantized'), shortNumber(result), exactNumber(result)],
      [l10n.t('Error'), shortNumber(error), exactNumber(error)],
    );
  }
  const list = h('dl', { class: 'values-pairs' });
  for (const [term, shown, title] of pairs)
    list.append(h('dt', {}, term), h('dd', { title }, shown));
  const parts: HTMLElement[] = [title, list];
  const marked = page.quantized?.marks[slot] ?? 0;
  if (marked & marks.clipped)
    parts.push(h('p', { class: 'note' }, l10n.t('Clipped: outside the representable range')));
  if (marked & marks.kept)
    parts.push(h('p', { class: 'note' }, l10n.t('Kept apart as an outlier, not quantized')));
  if (formula && scheme !== null) parts.push(makeFormula(formula, scheme));
  return parts;
}

function makeFormula({ lines, rounding }: Formula, scheme: string): HTMLElement {
  const list = h('dl', { class: 'values-formula' });
  for (const { kind, text, exact } of lines)
    list.append(
      h('dt', {}, stepName(kind)),
      h('dd', { title: exact }, h('code', { class: kind }, text)),
    );
  const box = h('div', { class: 'values-way' }, h('p', { class: 'note' }, scheme), list);
  const note = rounding && roundingNote(rounding);
  if (note) box.append(h('p', { class: 'note' }, note));
  return box;
}

function stepName(kind: FormulaStep): string {
  switch (kind) {
    case 'quantize':
      return l10n.t('Quantize');
    case 'saturate':
      return l10n.t('Saturate');
    case 'level':
      return l10n.t('To a level');
    case 'steps':
      return l10n.t('In steps');
    case 'cast':
      return l10n.t('Cast');
    case 'keep':
      return l10n.t('Keep');
    case 'dequantize':
      return l10n.t('Dequantize');
    case 'error':
      return l10n.t('Error');
  }
}

function roundingNote(rounding: NonNullable<Formula['rounding']>): string {
  switch (rounding) {
    case 'even':
      return l10n.t('Computed in float32; a tie goes to the even code');
    case 'away':
      return l10n.t('Computed in float32; a tie goes away from zero');
    case 'lower':
      return l10n.t('Computed in float32; a tie goes to the lower level');
    case 'up':
      return l10n.t('Computed in float32; a tie goes up');
    case 'down':
      return l10n.t('Computed in float32, rounded down');
    case 'toward-zero':
      return l10n.t('Computed in float32, rounded toward zero');
    case 'stochastic':
      return l10n.t('Computed in float32, rounded up or down by chance');
  }
}
