import { h, setText, show } from '../dom';
import { placeTooltip } from './tooltip';

/** A line about what the pointer is over. */
export interface TextTooltip {
  readonly element: HTMLElement;
  /** `textAt` gets the place in CSS pixels from the top left of `target` inside its border, and says nothing with null. */
  follow(target: HTMLElement, textAt: (x: number, y: number) => string | null): void;
}

/** Makes a hidden tooltip. It says nothing that the tables do not, so screen readers skip it. */
export function createTextTooltip(): TextTooltip {
  const element = h('div', { class: 'text-tooltip', 'aria-hidden': 'true', hidden: true });
  return {
    element,
    follow(target, textAt) {
      target.addEventListener('pointermove', event => {
        const { left, top } = target.getBoundingClientRect();
        const x = event.clientX - left - target.clientLeft;
        const text = textAt(x, event.clientY - top - target.clientTop);
        show(element, text !== null);
        if (text === null) return;
        setText(element, text);
        placeTooltip(element, { x: event.clientX, y: event.clientY });
      });
      target.addEventListener('pointerleave', () => show(element, false));
    },
  };
}
