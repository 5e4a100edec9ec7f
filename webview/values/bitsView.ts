import * as l10n from '@vscode/l10n';
import { type BitFormat, bitsOf, type FormatBits, type Outcome } from '../../src/explain/bits';
import { button, h, setAttribute, setText, show } from '../dom';
import { exactNumber, shortNumber } from './cellText';

/** What the bits are of. */
export interface BitsInput {
  /** The selected value; null when there is none, yet. */
  readonly value: number | null;
  /** What was typed in its place; null: nothing. */
  readonly typed: string | null;
}

/** Makes the view of a number's bits. `onType` is told what is typed, null to go back to the selected value. */
export function createBitsView(onType: (text: string | null) => void) {
  const input = h('input', {
    type: 'text',
    class: 'values-input',
    spellcheck: 'false',
    'aria-label': l10n.t('Value whose bits are shown'),
    oninput: () => onType(input.value),
  });
  const back = button({
    label: l10n.t('Selected value'),
    kind: 'link',
    title: l10n.t('Show the bits of the selected value again'),
    onClick: () => onType(null),
  });
  const problem = h('p', { class: 'note values-problem', role: 'status' });
  const list = h('ul', { class: 'bits-list' });
  const key = h('p', { class: 'note' });
  key.textContent = l10n.t('s sign · e exponent · m mantissa; cast without a scale');
  const element = h(
    'section',
    { class: 'details-section', 'aria-label': l10n.t('Bits') },
    h('h3', {}, l10n.t('Bits')),
    h('div', { class: 'bits-of' }, input, back),
    problem,
    key,
    list,
  );
  let drawn = '';

  return {
    element,
    update({ value, typed }: BitsInput): void {
      const number = typed === null ? value : readNumber(typed);
      if (document.activeElement !== input || typed === null)
        input.value = typed ?? (value === null ? '' : exactNumber(value));
      show(back, typed !== null);
      const isBad = typed !== null && number === null;
      setText(problem, isBad ? l10n.t('Not a number. Try 0.1, 1e-8, -inf or nan.') : '');
      setAttribute(input, 'aria-invalid', isBad ? 'true' : undefined);
      const next = number === null ? '' : exactNumber(number);
      if (next === drawn) return;
      drawn = next;
      list.replaceChildren(...(number === null ? [] : bitsOf(number).map(makeFormat)));
    },
  };
}

/** A number as people and programs write them; null for anything else. */
export function readNumber(text: string): number | null {
  const plain = text.trim().toLowerCase().replace(/^−/, '-').replace(/_/g, '');
  if (/^[+-]?(inf|infinity|∞)$/.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity;
  if (plain === 'nan') return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?0x[\da-f]+$/.test(plain)) return null;
  const isNegative = plain.startsWith('-');
  const magnitude = Number(plain.replace(/^[+-]/, ''));
  return isNegative ? -magnitude : magnitude;
}

const names: Readonly<Record<BitFormat, string>> = {
  fp32: 'FP32',
  fp16: 'FP16',
  bf16: 'BF16',
  'fp8-e4m3': 'FP8 E4M3',
  'fp8-e5m2': 'FP8 E5M2',
  'fp4-e2m1': 'FP4 E2M1',
};

function makeFormat({ format, pattern, outcome, error }: FormatBits): HTMLElement {
  const name = h('span', { class: 'bits-name' }, names[format]);
  const happened = h(
    'span',
    { class: `bits-outcome ${outcome}` },
    outcomeText(outcome, pattern?.kind),
  );
  const head = h('div', { class: 'bits-head' }, name, happened);
  const item = h('li', { class: 'bits', 'data-format': format }, head);
  if (!pattern) return item;
  const { sign, exponent, mantissa, value } = pattern;
  const fields = h(
    'div',
    { class: 'bits-fields' },
    makeField('s', l10n.t('sign'), sign),
    makeField('e', l10n.t('exponent'), exponent),
    makeField('m', l10n.t('mantissa'), mantissa),
  );
  const becomes = h('span', { class: 'bits-value', title: exactNumber(value) }, shortNumber(value));
  const meaning = h(
    'div',
    { class: 'bits-meaning' },
    h('span', {}, meaningOf(pattern)),
    ' ',
    becomes,
  );
  if (error !== 0 && !Number.isNaN(error))
    meaning.append(
      ' ',
      h(
        'span',
        { class: 'bits-error', title: exactNumber(error) },
        l10n.t('error {0}', shortNumber(error)),
      ),
    );
  item.append(fields, meaning);
  return item;
}

function makeField(letter: string, name: string, digits: string): HTMLElement {
  return h(
    'span',
    { class: `bits-field ${letter}`, title: l10n.t('{0}: {1} bits', name, digits.length) },
    h('span', { class: 'bits-letter' }, letter),
    h('span', { class: 'bits-digits' }, digits),
  );
}

/** `+2^-3 × 1.625 =`. */
function meaningOf({ sign, kind, power, significand }: NonNullable<FormatBits['pattern']>): string {
  if (kind !== 'normal' && kind !== 'subnormal') return '=';
  return `${sign === '1' ? '−' : '+'}2^${power} × ${Number(significand.toPrecision(8))} =`;
}

function outcomeText(outcome: Outcome, kind: string | undefined): string {
  const isSubnormal = kind === 'subnormal';
  switch (outcome) {
    case 'exact':
      return isSubnormal ? l10n.t('exact, subnormal') : l10n.t('exact');
    case 'rounded':
      return isSubnormal ? l10n.t('rounded, subnormal') : l10n.t('rounded');
    case 'overflow':
      return l10n.t('overflows to ∞');
    case 'saturated':
      return l10n.t('saturates: no ∞');
    case 'underflow':
      return l10n.t('underflows to 0');
    case 'no-nan':
      return l10n.t('has no NaN');
  }
}
