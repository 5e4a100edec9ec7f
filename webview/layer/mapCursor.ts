import * as l10n from '@vscode/l10n';
import type { PlaceMap } from '../../src/protocol/layer';
import type { TextTooltip } from '../charts/textTooltip';
import { h, setText, show } from '../dom';
import { cellAt, nextCell } from './mapCells';

/** What lies under the cursor. */
export interface MapCursorOptions {
  readonly tooltip: TextTooltip;
  map(): PlaceMap | null;
  textOf(index: number): string;
  /** A click, or Enter. */
  onPick(index: number): void;
  /** Escape or Backspace. */
  onBack(): void;
}

/** A frame around a cell of the map that follows the pointer and the arrow keys. */
export function createMapCursor(options: MapCursorOptions) {
  const { tooltip } = options;
  const frame = h('div', { class: 'map-cell', hidden: true });
  const said = h('span', { class: 'visually-hidden', role: 'status' });
  // Arrows go over cells in two directions, which no role but this one leaves to the page.
  const element = h(
    'div',
    {
      class: 'map-overlay',
      role: 'application',
      tabindex: 0,
      'aria-label': l10n.t('Cells of the map: arrows move, Enter looks closer, Escape goes back'),
    },
    frame,
    said,
  );
  let current: number | null = null;

  function put(index: number | null): void {
    const map = options.map();
    show(frame, index !== null && map !== null);
    if (index === null || !map) return;
    const { rows, cols } = map;
    frame.style.left = `${((index % cols) / cols) * 100}%`;
    frame.style.top = `${(Math.floor(index / cols) / rows) * 100}%`;
    frame.style.width = `${100 / cols}%`;
    frame.style.height = `${100 / rows}%`;
  }

  function at(event: MouseEvent): number | null {
    const map = options.map();
    const { left, top, width, height } = element.getBoundingClientRect();
    return map && cellAt(map, (event.clientX - left) / width, (event.clientY - top) / height);
  }

  element.addEventListener('pointermove', event => {
    const index = at(event);
    put(index);
    const place = { x: event.clientX, y: event.clientY };
    tooltip.showAt(index === null ? null : options.textOf(index), place);
  });
  element.addEventListener('pointerleave', hide);
  element.addEventListener('blur', hide);
  element.addEventListener('click', event => {
    const index = at(event);
    if (index !== null) options.onPick(index);
  });
  element.addEventListener('keydown', event => {
    const map = options.map();
    const next = map && nextCell(event.key, current, map);
    if (next !== null) {
      current = next;
      put(next);
      const text = options.textOf(next);
      setText(said, text);
      const { left, bottom } = frame.getBoundingClientRect();
      tooltip.showAt(text, { x: left, y: bottom });
    } else if (event.key === 'Enter' && current !== null) options.onPick(current);
    else if (event.key === 'Escape' || event.key === 'Backspace') options.onBack();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function hide(): void {
    put(null);
    tooltip.showAt(null, { x: 0, y: 0 });
  }

  return {
    element,
    /** To be called whenever another map was drawn. */
    layout(): void {
      const map = options.map();
      if (current !== null && map && current >= map.rows * map.cols) current = null;
      put(document.activeElement === element ? current : null);
    },
  };
}
