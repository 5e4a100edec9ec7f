import { h, setAttribute } from '../dom';

/** One of a few things to choose from. */
export interface Option<T extends string> {
  readonly id: T;
  readonly label: string;
}

/** A segmented control: one of a few is chosen, arrows go from one to the next. */
export function createChoice<T extends string>(
  label: string,
  options: readonly Option<T>[],
  onPick: (id: T) => void,
) {
  const buttons = options.map(option =>
    h(
      'button',
      { type: 'button', class: 'segment', role: 'radio', onclick: () => onPick(option.id) },
      option.label,
    ),
  );
  const group = h(
    'div',
    { class: 'segments', role: 'radiogroup', 'aria-label': label },
    ...buttons,
  );
  const element = h('div', { class: 'choice' }, h('span', { 'aria-hidden': 'true' }, label), group);

  group.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + step + buttons.length) % buttons.length;
    buttons[next]!.focus();
    onPick(options[next]!.id);
  });

  return {
    element,
    update(chosen: T): void {
      buttons.forEach((button, i) => {
        const isChosen = options[i]!.id === chosen;
        setAttribute(button, 'aria-checked', String(isChosen));
        button.tabIndex = isChosen ? 0 : -1;
      });
    },
  };
}
