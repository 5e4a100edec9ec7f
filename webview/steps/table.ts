import * as l10n from '@vscode/l10n';
import type { StepColumn, Steps } from '../../src/explain/steps';
import { h } from '../dom';
import { alignFigures, stepFigure } from './figures';
import { fateText, placeText, wordsOf } from './words';

/** What a table is about, and where its values stand. */
export interface StepsTableOptions {
  readonly caption: string;
  /** Place of a value, in words for the tooltip and as a short label; null where places say nothing. */
  placeOf(i: number): { readonly label: string; readonly text: string } | null;
}

/** A table of steps: a row for each value, a column for each step, its rule below its name. */
export function createStepsTable(steps: Steps, options: StepsTableOptions): HTMLElement {
  const { columns, values, fate } = steps;
  const hasFate = fate.some(f => f !== null);
  const heads = columns.map(column => {
    const { title, rule } = wordsOf(column, steps);
    return h(
      'th',
      { scope: 'col', 'data-step': column.kind },
      title,
      h('span', { class: 'steps-rule' }, rule),
    );
  });
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col', 'data-step': 'value' }, l10n.t('Value')),
    ...heads,
    hasFate && h('th', { scope: 'col', 'data-step': 'fate' }, l10n.t('What happened')),
  );
  const texts = columns.map(columnTexts);
  const labels = alignFigures(Array.from(values, stepFigure));
  const rows = Array.from(values, (value, i) =>
    h(
      'tr',
      { class: rowClass(steps, i), 'data-fate': fate[i] ?? undefined },
      makeRowHead(value, labels[i]!, options.placeOf(i)),
      ...columns.map((column, c) => makeCell(column, i, texts[c]![i]!)),
      hasFate && h('td', { 'data-step': 'fate' }, fate[i] ? fateText(fate[i]) : ''),
    ),
  );
  const table = h(
    'table',
    { class: 'figures steps-table' },
    h('caption', {}, options.caption),
    h('thead', {}, head),
    h('tbody', {}, ...rows),
  );
  return h(
    'div',
    { class: 'steps-scroll', tabindex: 0, role: 'region', 'aria-label': options.caption },
    table,
  );
}

/** A line between values that do not share their parameters, or their row. */
function rowClass({ segmentOf, index, cols }: Steps, i: number): string {
  const isFirst =
    i > 0 && (segmentOf[i] !== segmentOf[i - 1] || (cols > 0 && (index + i) % cols === 0));
  return isFirst ? 'steps-next' : '';
}

function makeRowHead(value: number, text: string, place: ReturnType<StepsTableOptions['placeOf']>) {
  return h(
    'th',
    { scope: 'row', title: place ? `${place.text}: ${value}` : String(value) },
    h(
      'span',
      { class: 'steps-value' },
      h('span', { class: 'steps-place' }, place?.label),
      h('span', {}, text),
    ),
  );
}

function makeCell(column: StepColumn, i: number, text: string): HTMLElement {
  const value = column.values[i]!;
  const props = { 'data-step': column.kind };
  if (column.without.includes(i)) return h('td', { ...props, class: 'steps-none' }, '·');
  return h('td', { ...props, title: exactText(column, value) }, text);
}

/** Codes of a cast are bits; places are words; all else are figures. */
function columnTexts(column: StepColumn): string[] {
  const { values, without } = column;
  const texts = Array.from(values, (x, i) => (without.includes(i) ? null : figureText(column, x)));
  return alignFigures(texts).map(text => text ?? '');
}

function figureText({ kind }: StepColumn, x: number): string {
  if (kind === 'range') return placeText(x);
  if (kind === 'cast') return `0x${x.toString(16).toUpperCase().padStart(4, '0')}`;
  return stepFigure(x);
}

function exactText({ kind }: StepColumn, x: number): string | undefined {
  if (kind === 'range') return undefined;
  return kind === 'cast' ? `0b${x.toString(2).padStart(16, '0')}` : String(x);
}
