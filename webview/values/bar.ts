import * as l10n from '@vscode/l10n';
import { button, h, setAttribute, setText, show } from '../dom';
import { middleEllipsis } from '../format';
import { createAxesBar } from './axesBar';
import type { Axes } from './slice';
import { type ValueMode, valueModes } from './state';

/** What the controls do. */
export interface BarHost {
  onMode(mode: ValueMode): void;
  onAxes(axes: Axes): void;
  /** Returns what is wrong with a text, null when it led somewhere. */
  onJump(text: string): string | null;
  onCopy(form: 'tsv' | 'numpy'): void;
}

/** What the controls show. */
export interface BarInput {
  readonly name: string;
  readonly facts: string;
  readonly shape: readonly number[];
  readonly axes: Axes;
  readonly mode: ValueMode;
  /** Why there are no codes; null where there are. */
  readonly withoutCodes: string | null;
}

/** Makes the controls above the grid. */
export function createValuesBar(host: BarHost) {
  const name = h('h2', { class: 'values-name' });
  const facts = h('span', { class: 'values-facts' });
  const axes = createAxesBar(next => host.onAxes(next));
  const modes = new Map(
    valueModes.map(mode => [
      mode,
      h(
        'button',
        { type: 'button', class: 'segment', onclick: () => host.onMode(mode) },
        modeName(mode),
      ),
    ]),
  );
  const segments = h(
    'div',
    { class: 'segments', role: 'group', 'aria-label': l10n.t('What the cells show') },
    ...modes.values(),
  );
  const jump = h('input', {
    ...{ type: 'text', class: 'values-input values-jump', spellcheck: 'false' },
    'aria-label': l10n.t('Go to index'),
    placeholder: l10n.t('Go to index'),
    title: l10n.t('An index such as 12, 340, or #123456 for a flat one (g)'),
    onkeydown: onJumpKey,
    oninput: () => tell(null),
  });
  const problem = h('span', { class: 'values-problem', role: 'status' });
  const copyTsv = button({
    label: l10n.t('Copy'),
    icon: 'copy',
    kind: 'link',
    title: l10n.t('Copy the selected cells, separated by tabs (Ctrl+C)'),
    onClick: () => host.onCopy('tsv'),
  });
  const copyNumpy = button({
    label: l10n.t('Copy as NumPy'),
    kind: 'link',
    title: l10n.t('Copy the selected cells as a NumPy array'),
    onClick: () => host.onCopy('numpy'),
  });
  const element = h(
    'div',
    { class: 'values-bar' },
    h('div', { class: 'values-title' }, name, facts),
    h(
      'div',
      { class: 'values-controls' },
      segments,
      axes.element,
      jump,
      copyTsv,
      copyNumpy,
      problem,
    ),
  );

  function onJumpKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    tell(host.onJump(jump.value));
  }

  function tell(text: string | null): void {
    setText(problem, text ?? '');
    setAttribute(jump, 'aria-invalid', text === null ? undefined : 'true');
  }

  return {
    element,
    update(input: BarInput): void {
      setText(name, middleEllipsis(input.name, 80));
      name.title = input.name;
      setText(facts, input.facts);
      axes.update(input.shape, input.axes);
      for (const [mode, control] of modes) {
        setAttribute(control, 'aria-pressed', String(mode === input.mode));
        const isOff = mode !== 'original' && input.withoutCodes !== null;
        control.disabled = isOff;
        setAttribute(control, 'title', (isOff && input.withoutCodes) || modeHelp(mode));
      }
    },
    focusJump(): void {
      jump.focus();
      jump.select();
    },
    show: (shown: boolean) => show(element, shown),
  };
}

function modeName(mode: ValueMode): string {
  switch (mode) {
    case 'original':
      return l10n.t('Original');
    case 'code':
      return l10n.t('Code');
    case 'dequantized':
      return l10n.t('Dequantized');
    case 'error':
      return l10n.t('Error');
  }
}

function modeHelp(mode: ValueMode): string {
  switch (mode) {
    case 'original':
      return l10n.t('The values; of a packed weight as they are decoded');
    case 'code':
      return l10n.t('The codes that the scheme gives');
    case 'dequantized':
      return l10n.t('What the codes stand for');
    case 'error':
      return l10n.t('Original minus dequantized');
  }
}
