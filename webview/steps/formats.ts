import * as l10n from '@vscode/l10n';
import type { FormatCell, FormatRow, FormatTable } from '../../src/explain/formats';
import { h } from '../dom';
import { stepFigure } from './figures';

/** Number formats, and what some values become in each: bits by field, value, and what was lost. */
export function createFormatTables({ values, rows }: FormatTable): HTMLElement {
  return h(
    'div',
    { class: 'steps-section' },
    scrolled(
      l10n.t('Bits and range of each format'),
      [
        l10n.t('Format'),
        l10n.t('Sign'),
        l10n.t('Exponent'),
        l10n.t('Mantissa'),
        l10n.t('Largest'),
        l10n.t('Least above 0'),
        l10n.t('Infinity'),
      ],
      rows.map(factsOf),
    ),
    scrolled(
      l10n.t('What values become'),
      [l10n.t('Format'), ...values.map(valueText)],
      rows.map(({ format, cells, results }) => [
        formatName(format),
        ...cells.map((cell, i) => makeCell(cell, results[i]!)),
      ]),
    ),
    h('p', { class: 'note' }, l10n.t('Bits: sign, exponent, mantissa. E8M0 holds scales only.')),
  );
}

function factsOf({ format, sign, exponent, mantissa, largest, least, hasInfinity }: FormatRow) {
  const exact = (x: number) => h('span', { title: String(x) }, stepFigure(x));
  return [
    formatName(format),
    ...[sign, exponent, mantissa].map(String),
    exact(largest),
    exact(least),
    hasInfinity ? l10n.t('yes') : l10n.t('none'),
  ];
}

function formatName(format: FormatRow['format']): string {
  return format.toUpperCase().replace('-', ' ');
}

/** Powers that people know are written as such. */
function valueText(x: number): string {
  if (x === 2 ** -24) return '2⁻²⁴';
  return x === 1e8 ? '10 000 × 10 000' : wholeText(x);
}

function makeCell({ sign, exponent, mantissa, outcome }: FormatCell, value: number): HTMLElement {
  const field = (name: string, digits: string) =>
    digits !== '' && h('span', { class: `bits-${name}` }, digits);
  const lost = outcomeText(outcome);
  return h(
    'div',
    { class: 'format-cell', 'data-outcome': outcome },
    h('span', { class: 'format-value', title: String(value) }, wholeText(value)),
    lost && h('span', { class: 'format-outcome' }, lost),
    h(
      'span',
      { class: 'format-bits' },
      field('sign', sign),
      field('exponent', exponent),
      field('mantissa', mantissa),
    ),
  );
}

/** Whole numbers of the table in full: 100 139 008 says more than 1.00139e8. */
function wholeText(x: number): string {
  if (!Number.isInteger(x) || Math.abs(x) >= 1e12) return stepFigure(x);
  return String(x).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

function outcomeText(outcome: FormatCell['outcome']): string {
  switch (outcome) {
    case 'exact':
      return '';
    case 'rounded':
      return l10n.t('rounded');
    case 'overflow':
      return l10n.t('overflows');
    case 'saturated':
      return l10n.t('saturates');
    case 'underflow':
      return l10n.t('vanishes');
    case 'no-nan':
      return l10n.t('no NaN');
  }
}

/** A table that is scrolled sideways where it does not fit. */
function scrolled(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly (string | HTMLElement)[])[],
): HTMLElement {
  const lines = rows.map(([first, ...rest]) =>
    h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map(cell => h('td', {}, cell))),
  );
  return h(
    'div',
    { class: 'steps-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'figures steps-table formats-table' },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...lines),
    ),
  );
}
