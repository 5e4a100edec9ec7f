import * as l10n from '@vscode/l10n';
import { h, setAttribute } from '../dom';

/** How much of the window's height the upper part may take. */
const [least, most] = [0.14, 0.75];
const keyStep = 0.03;

/** What a splitter moves. */
export interface SplitterOptions {
  /** Above the splitter: its height is what is chosen. */
  readonly upper: HTMLElement;
  /** Tells a part of the window's height; null: as it comes. `isDone` when the pointer was let go. */
  onChange(share: number | null, isDone: boolean): void;
}

/** A bar that is dragged up and down, or moved by arrows; a double click undoes it. */
export function createSplitter({ upper, onChange }: SplitterOptions): HTMLElement {
  const element = h('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-orientation': 'horizontal',
    'aria-label': l10n.t('Height of the charts'),
    title: l10n.t('Drag to change the height of the charts; double click to undo'),
    'aria-valuemin': Math.round(least * 100),
    'aria-valuemax': Math.round(most * 100),
    'aria-valuenow': 40,
  });
  /** Set from the press on: where the bar was taken hold of. */
  let grip: number | null = null;
  let isMoved = false;

  const current = () => upper.getBoundingClientRect().height / window.innerHeight;
  const clamp = (share: number) => Math.max(least, Math.min(most, share));

  function set(share: number, isDone: boolean): void {
    const next = clamp(share);
    setAttribute(element, 'aria-valuenow', Math.round(next * 100));
    onChange(next, isDone);
  }

  element.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    grip = event.clientY - upper.getBoundingClientRect().bottom;
    isMoved = false;
    element.setPointerCapture(event.pointerId);
  });
  const shareAt = (event: PointerEvent, held: number) =>
    (event.clientY - held - upper.getBoundingClientRect().top) / window.innerHeight;
  element.addEventListener('pointermove', event => {
    if (grip === null || (!isMoved && event.movementY === 0)) return;
    isMoved = true;
    set(shareAt(event, grip), false);
  });
  element.addEventListener('pointerup', event => {
    if (grip !== null && isMoved) set(shareAt(event, grip), true);
    grip = null;
  });
  element.addEventListener('pointercancel', () => {
    grip = null;
  });
  element.addEventListener('dblclick', () => onChange(null, true));
  element.addEventListener('keydown', event => {
    const next = {
      ArrowUp: current() - keyStep,
      ArrowDown: current() + keyStep,
      Home: least,
      End: most,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next, true);
  });
  return element;
}
