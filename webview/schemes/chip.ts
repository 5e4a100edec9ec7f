import * as l10n from '@vscode/l10n';
import type { SchemeFacts } from '../../src/protocol/schemes';
import { createSwatch } from '../charts/swatch';
import type { ChartTheme } from '../charts/theme';
import { h, icon, setAttribute, setText } from '../dom';
import { schemeTitle, shortFacts } from './facts';
import { splitText } from './schemeList';

/** What a chip shows. */
export interface ChipInput {
  readonly text: string;
  readonly facts: SchemeFacts | null;
  readonly isActive: boolean;
  readonly isHidden: boolean;
  /** Whether there are others: the last one cannot be removed. */
  readonly isRemovable: boolean;
  readonly theme: ChartTheme;
}

/** What a chip is asked for. */
export interface ChipEvents {
  onActivate(): void;
  onToggle(): void;
  onChange(): void;
  onRemove(): void;
}

/** A scheme in the bar. */
export interface Chip {
  readonly element: HTMLElement;
  /** Makes it the active one. */
  readonly main: HTMLButtonElement;
  /** Opens the composer. */
  readonly change: HTMLButtonElement;
  update(input: ChipInput): void;
}

/** Makes the chip of scheme `index`; what it says comes with `update`. */
export function createChip(index: number, events: ChipEvents): Chip {
  const head = h('span', { class: 'chip-head' });
  const tail = h('span', { class: 'chip-tail' });
  const facts = h('span', { class: 'chip-facts' });
  // Cut in two for the eye; whole for screen readers.
  const text = h('span', { class: 'chip-text', 'aria-hidden': 'true' }, head, tail);
  const spoken = h('span', { class: 'visually-hidden' });
  const main = h(
    'button',
    { type: 'button', class: 'chip-main', onclick: events.onActivate },
    h('canvas', { class: 'swatch' }),
    text,
    spoken,
    facts,
  );
  const eye = iconButton('eye', events.onToggle);
  const change = iconButton('edit', events.onChange);
  const remove = iconButton('close', () => {
    if (remove.getAttribute('aria-disabled') !== 'true') events.onRemove();
  });
  setAttribute(change, 'aria-haspopup', 'dialog');
  setAttribute(change, 'aria-expanded', 'false');
  const tools = h('span', { class: 'chip-tools' }, eye, change, remove);
  const element = h('div', { class: 'chip', role: 'group' }, main, tools);
  let painted: ChartTheme | undefined;

  return {
    element,
    main,
    change,
    update({ text: name, facts: known, isActive, isHidden, isRemovable, theme }) {
      if (theme !== painted) main.querySelector('canvas')!.replaceWith(createSwatch(theme, index));
      painted = theme;
      const split = splitText(name);
      setText(head, split.head);
      setText(tail, split.tail);
      const short = known ? shortFacts(known) : [];
      facts.replaceChildren(...short.map(fact => h('span', {}, fact)));
      setAttribute(element, 'data-scheme', name);
      setAttribute(element, 'aria-label', name);
      setText(spoken, name);
      setAttribute(main, 'aria-pressed', String(isActive));
      setAttribute(main, 'title', schemeTitle(name, known));
      element.classList.toggle('active', isActive);
      element.classList.toggle('scheme-hidden', isHidden);
      eye.firstElementChild!.className = `codicon codicon-${isHidden ? 'eye-closed' : 'eye'}`;
      setAttribute(eye, 'aria-pressed', String(!isHidden));
      label(eye, l10n.t('Show {0} in charts and table', name));
      label(change, l10n.t('Change {0}', name));
      label(remove, isRemovable ? l10n.t('Remove {0}', name) : l10n.t('The last scheme stays'));
      setAttribute(remove, 'aria-disabled', isRemovable ? undefined : 'true');
    },
  };
}

function iconButton(name: string, onClick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'button icon', onclick: onClick }, icon(name));
}

function label(element: HTMLElement, text: string): void {
  setAttribute(element, 'aria-label', text);
  setAttribute(element, 'title', text);
}
