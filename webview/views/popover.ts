import { h } from '../dom';

/** A button that opens a panel below itself; Escape and a click elsewhere close it. */
export interface Popover {
  readonly element: HTMLDetailsElement;
  readonly label: HTMLElement;
  readonly panel: HTMLElement;
}

/** Makes a closed popover. */
export function createPopover(name: string): Popover {
  const label = h('summary', { class: 'button link' });
  const panel = h('div', {
    class: 'popover-panel',
    tabindex: 0,
    role: 'region',
    'aria-label': name,
  });
  const element = h('details', { class: 'popover' }, label, panel);
  const close = () => {
    element.open = false;
  };
  element.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !element.open) return;
    event.stopPropagation();
    close();
    label.focus();
  });
  document.addEventListener('pointerdown', event => {
    if (element.open && !element.contains(event.target as Node)) close();
  });
  return { element, label, panel };
}
