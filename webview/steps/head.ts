import * as l10n from '@vscode/l10n';
import { exampleIds, mostWatched, type RowSteps } from '../../src/protocol/steps';
import { button, h, setAttribute, setText, show } from '../dom';
import { formatCount } from '../format';
import type { Session } from '../session';
import { sourceWords } from './exampleWords';
import type { Source } from './state';
import type { StepsStore } from './store';

/** Chooses what is watched: a menu, and for each choice what else there is to say. */
export function createStepsHead(session: Session, store: StepsStore) {
  const menu = createMenu(source => store.choose({ source }));
  const place = createPlace(store);
  const typed = createTyped(store);
  const text = h('p', { class: 'steps-text' });
  const name = h('span', { class: 'steps-tensor' });
  const element = h(
    'div',
    { class: 'steps-head' },
    h(
      'div',
      { class: 'steps-source' },
      h('label', {}, l10n.t('Watch'), ' ', menu),
      name,
      place.element,
      typed.element,
    ),
    typed.message,
    text,
  );
  return {
    element,
    focus: () => menu.focus(),
    update(): void {
      const { source } = store.chosen;
      if (menu.value !== source) menu.value = source;
      const { detail, selected } = session.state;
      const hasTensor = source === 'tensor' && selected !== null;
      show(name, hasTensor);
      setText(name, detail?.name ?? '');
      setAttribute(name, 'title', detail?.name);
      show(place.element, hasTensor);
      const { value } = store.watched;
      place.update(value?.kind === 'tensor' ? value.row : null);
      typed.update(source === 'typed');
      setText(text, sourceWords(source).text);
    },
  };
}

/** A native menu: its own values first, then the examples. */
function createMenu(onPick: (source: Source) => void): HTMLSelectElement {
  const option = (source: Source) => h('option', { value: source }, sourceWords(source).title);
  const menu = h(
    'select',
    { class: 'steps-menu' },
    h('optgroup', { label: l10n.t('Values') }, option('tensor'), option('typed')),
    h('optgroup', { label: l10n.t('Examples') }, ...exampleIds.map(option)),
  );
  menu.addEventListener('change', () => onPick(menu.value as Source));
  return menu;
}

/** Which values of the tensor. */
function createPlace(store: StepsStore) {
  const row = createNumber(l10n.t('Row'), at => store.choose({ row: at }));
  const col = createNumber(l10n.t('Column'), at => store.choose({ col: at }));
  let shown: RowSteps | null = null;
  const step = (by: 1 | -1) => {
    if (shown) store.choose(nextPlace(shown, by));
  };
  const back = button({
    label: l10n.t('Previous values'),
    icon: 'chevron-left',
    kind: 'icon',
    onClick: () => step(-1),
  });
  const next = button({
    label: l10n.t('Next values'),
    icon: 'chevron-right',
    kind: 'icon',
    onClick: () => step(1),
  });
  const element = h(
    'div',
    { class: 'steps-place-box', role: 'group', 'aria-label': l10n.t('Which values') },
    row.label,
    col.label,
    h('span', { class: 'steps-nav' }, back, next),
  );
  return {
    element,
    update(found: RowSteps | null): void {
      shown = found;
      const { chosen } = store;
      row.put(found?.row ?? chosen.row, found?.matrix.rows ?? null);
      col.put(found?.col ?? chosen.col, found?.matrix.cols ?? null);
    },
  };
}

/** The values before or behind: in the row above or below where this one ends, and from the last again to the first. */
export function nextPlace(
  { row, col, matrix: { rows, cols } }: Pick<RowSteps, 'row' | 'col' | 'matrix'>,
  by: 1 | -1,
): { row: number; col: number } {
  const to = col + by * mostWatched;
  if (to >= 0 && to < cols) return { row, col: to };
  if (by < 0 && col > 0) return { row, col: 0 };
  const other = (row + by + rows) % rows;
  const last = Math.floor((cols - 1) / mostWatched) * mostWatched;
  return { row: other, col: by > 0 ? 0 : last };
}

function createNumber(title: string, onChange: (value: number) => void) {
  const input = h('input', { type: 'number', class: 'steps-number', min: 0, step: 1 });
  const of = h('span', { class: 'chart-unit' });
  const label = h('label', {}, title, ' ', input, ' ', of);
  let most = Number.MAX_SAFE_INTEGER;
  input.addEventListener('change', () => {
    const wanted = Math.round(input.valueAsNumber);
    onChange(Number.isFinite(wanted) ? Math.min(Math.max(0, wanted), most) : 0);
  });
  return {
    label,
    put(value: number, count: number | null): void {
      if (count !== null) most = Math.max(0, count - 1);
      setAttribute(input, 'max', count === null ? undefined : most);
      setText(of, count === null ? '' : l10n.t('of {0}', formatCount(count)));
      if (document.activeElement !== input || input.valueAsNumber !== value)
        input.value = String(value);
    },
  };
}

/** Values typed by hand; what is wrong with them stands below. */
function createTyped(store: StepsStore) {
  const message = h('p', { class: 'steps-message', id: 'steps-message', role: 'status' });
  const input = h('input', {
    type: 'text',
    class: 'steps-input',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': l10n.t('Up to {0} numbers', mostWatched),
    'aria-describedby': 'steps-message',
    placeholder: '3, 1, 2, 3',
  });
  input.addEventListener('input', () => store.choose({ text: input.value.slice(0, 2000) }));
  const element = h('div', { class: 'steps-typed' }, input);
  return {
    element,
    message,
    update(isShown: boolean): void {
      show(element, isShown);
      show(message, isShown && !store.typed.isGood);
      if (!isShown) return;
      const { chosen, typed } = store;
      if (input.value !== chosen.text) input.value = chosen.text;
      setAttribute(input, 'aria-invalid', typed.isGood ? undefined : 'true');
      setText(message, typed.isGood ? '' : typed.message);
    },
  };
}
