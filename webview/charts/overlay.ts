import type { ChartArea } from 'chart.js';
import { h, setAttribute, show } from '../dom';
import { slotAt, slotOf } from './marks';

/** What a person does over a plot. Marks are counted from 0. */
export interface OverlayEvents {
  onHover(mark: number | null, event: PointerEvent | null): void;
  onPick(mark: number): void;
  onKey(event: KeyboardEvent): void;
}

/** What lies over a canvas: pointer and keys come in here, hover and selection are shown without drawing a chart. */
export interface Overlay {
  /** Behind the canvas: the selected layer. */
  readonly below: HTMLElement;
  /** Before the canvas: the cross-hair; takes pointer and keyboard. */
  readonly above: HTMLElement;
  layout(area: ChartArea, marks: number): void;
  hover(mark: number | null): void;
  select(mark: number | null, text: string): void;
}

/** Makes the overlay of one chart. It is a slider for the keyboard: arrows move the selected layer. */
export function createOverlay(title: string, events: OverlayEvents): Overlay {
  const selection = h('div', { class: 'plot-selection', hidden: true });
  const line = h('div', { class: 'plot-crosshair', hidden: true });
  const above = h('div', {
    class: 'plot-overlay',
    role: 'slider',
    tabindex: 0,
    'aria-label': `${title}: selected layer`,
    'aria-valuemin': 0,
    'aria-valuenow': 0,
    'aria-valuetext': 'none selected',
  });
  above.append(line);
  let area: ChartArea = { left: 0, right: 0, top: 0, bottom: 0, width: 0, height: 0 };
  let marks = 0;
  let hovered: number | null = null;
  let selected: number | null = null;

  const markAt = (event: PointerEvent | MouseEvent) =>
    slotAt(area, marks, area.left + event.clientX - above.getBoundingClientRect().left);
  above.addEventListener('pointermove', event => events.onHover(markAt(event), event));
  above.addEventListener('pointerleave', () => events.onHover(null, null));
  above.addEventListener('click', event => {
    const mark = markAt(event);
    if (mark !== null) events.onPick(mark);
  });
  above.addEventListener('keydown', event => events.onKey(event));

  function put(): void {
    show(line, hovered !== null && hovered < marks);
    show(selection, selected !== null && selected < marks);
    if (hovered !== null) {
      const slot = slotOf(area, marks, hovered);
      line.style.left = `${Math.round(slot.left + slot.width / 2 - area.left)}px`;
    }
    if (selected !== null) {
      const slot = slotOf(area, marks, selected);
      const width = Math.max(3, slot.width);
      selection.style.left = `${slot.left + (slot.width - width) / 2}px`;
      selection.style.width = `${width}px`;
      selection.style.top = `${area.top}px`;
      selection.style.height = `${area.bottom - area.top}px`;
    }
  }

  return {
    below: selection,
    above,
    layout(nextArea, nextMarks) {
      area = nextArea;
      marks = nextMarks;
      above.style.left = `${area.left}px`;
      above.style.top = `${area.top}px`;
      above.style.width = `${Math.max(0, area.right - area.left)}px`;
      above.style.height = `${Math.max(0, area.bottom - area.top)}px`;
      setAttribute(above, 'aria-valuemax', Math.max(0, marks));
      put();
    },
    hover(mark) {
      if (mark === hovered) return;
      hovered = mark;
      put();
    },
    select(mark, text) {
      selected = mark;
      setAttribute(above, 'aria-valuenow', mark === null ? 0 : mark + 1);
      setAttribute(above, 'aria-valuetext', mark === null ? 'none selected' : text);
      put();
    },
  };
}
