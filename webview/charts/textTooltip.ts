import { h, setText, show } from '../dom';
import { placeTooltip } from './tooltip';

/** A line about what the pointer is over. */
export interface TextTooltip {
  readonly element: HTMLElement;
  /** `textAt` gets the place in CSS pixels from the top left of `target` inside its border, and says nothing with null. */
  follow(target: HTMLElement, textAt: (x: number, y: number) => string | null): void;
  /** Shows a text at a place of the page, for those who come there by keyboard; null hides it. */
  showAt(text: string | null, at: { readonly x: number; readonly y: number }): void;
}

/** Makes a hidden tooltip. It says nothing that the tables do not, so screen readers skip it. */
export function createTextTooltip(): TextTooltip {
  const element = h('div', { class: 'text-tooltip', 'aria-hidden': 'true', hidden: true });
  function showAt(text: string | null, at: { readonly x: number; readonly y: number }): void {
    show(element, text !== null);
    if (text === null) return;
    setText(element, text);
    placeTooltip(element, at);
  }

  return {
    element,
    showAt,
    follow(target, textAt) {
      target.addEventListener('pointermove', event => {
        const { left, top } = target.getBoundingClientRect();
        const x = event.clientX - left - target.clientLeft;
        const text = textAt(x, event.clientY - top - target.clientTop);
        showAt(text, { x: event.clientX, y: event.clientY });
      });
      target.addEventListener('pointerleave', () => show(element, false));
    },
  };
}
