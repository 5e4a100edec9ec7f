import * as l10n from '@vscode/l10n';
import type { ChartArea } from 'chart.js';
import { slotOf } from '../../src/base/slots';
import { h, setAttribute, show } from '../dom';
import { slotAt } from './marks';
import { followSweep } from './sweep';

/** What a person does over a plot. Marks are counted from 0. */
export interface OverlayEvents {
  onHover(mark: number | null, event: PointerEvent | null): void;
  onPick(mark: number): void;
  onKey(event: KeyboardEvent): void;
  /** Marks [first, last] were swept over and are to be shown alone. */
  onRange?(first: number, last: number): void;
  /** Marks that are being swept over; null at the end. */
  onSweep?(marks: readonly [first: number, last: number] | null): void;
  onDoubleClick?(): void;
}

/** What lies over a canvas: pointer and keys come in here, hover and selection are shown without drawing a chart. */
export interface Overlay {
  /** Behind the canvas: the selected layer. */
  readonly below: HTMLElement;
  /** Before the canvas: the cross-hair; takes pointer and keyboard. */
  readonly above: HTMLElement;
  layout(area: ChartArea, marks: number): void;
  hover(mark: number | null): void;
  sweep(marks: readonly [first: number, last: number] | null): void;
  select(mark: number | null, text: string): void;
}

/** Pixels that a press has to move before it sweeps. */
const sweepFrom = 5;

/** Makes the overlay of one chart. It is a slider for the keyboard: arrows move the selected layer. */
export function createOverlay(title: string, events: OverlayEvents): Overlay {
  const selection = h('div', { class: 'plot-selection', hidden: true });
  const line = h('div', { class: 'plot-crosshair', hidden: true });
  const above = h('div', {
    class: 'plot-overlay',
    role: 'slider',
    tabindex: 0,
    'aria-label': l10n.t('{0}: selected layer', title),
    'aria-valuemin': 0,
    'aria-valuenow': 0,
    'aria-valuetext': l10n.t('none selected'),
  });
  const swept = h('div', { class: 'plot-sweep', hidden: true });
  above.append(swept, line);
  let area: ChartArea = { left: 0, right: 0, top: 0, bottom: 0, width: 0, height: 0 };
  let marks = 0;
  let hovered: number | null = null;
  let selected: number | null = null;
  let sweptMarks: readonly [number, number] | null = null;

  const markAt = (clientX: number) =>
    slotAt(area, marks, area.left + clientX - above.getBoundingClientRect().left);
  const sweeping = events.onRange ? followSweep(above, { events, markAt, sweepFrom }) : null;
  above.addEventListener('pointermove', event => {
    if (!sweeping?.isOn()) events.onHover(markAt(event.clientX), event);
  });
  above.addEventListener('pointerleave', () => events.onHover(null, null));
  above.addEventListener('click', event => {
    const mark = markAt(event.clientX);
    if (mark !== null && !sweeping?.endsWithClick()) events.onPick(mark);
  });
  above.addEventListener('dblclick', () => events.onDoubleClick?.());
  above.addEventListener('keydown', event => events.onKey(event));

  function put(): void {
    show(line, hovered !== null && hovered < marks);
    show(selection, selected !== null && selected < marks);
    show(swept, sweptMarks !== null && sweptMarks[1] < marks);
    if (sweptMarks) {
      const [first, last] = sweptMarks.map(mark => slotOf(area, marks, mark));
      swept.style.left = `${first!.left - area.left}px`;
      swept.style.width = `${last!.left + last!.width - first!.left}px`;
    }
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
    sweep(next) {
      sweptMarks = next;
      put();
    },
    select(mark, text) {
      selected = mark;
      setAttribute(above, 'aria-valuenow', mark === null ? 0 : mark + 1);
      setAttribute(above, 'aria-valuetext', mark === null ? l10n.t('none selected') : text);
      put();
    },
  };
}
