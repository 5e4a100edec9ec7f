import type { ChartArea } from 'chart.js';
import { h, setAttribute, show } from '../dom';
import { nextMark } from './nextMark';
import type { TextTooltip } from './textTooltip';

/** The pointer moves this far, in CSS pixels, before a click becomes a brush. */
const brushFrom = 5;

/** What lies under the cursor. Marks are counted from 0; places are CSS pixels from the left of the canvas. */
export interface CursorOptions {
  /** Name of the slider that the keyboard moves. */
  readonly label: string;
  readonly tooltip: TextTooltip;
  xOf(mark: number): number;
  markAt(x: number): number | null;
  /** What the mark says: shown, and read out. */
  textOf(mark: number): string;
  /** A click, or Enter. */
  onPick(mark: number): void;
  /** A stretch was marked, both ends included. */
  onBrush?(from: number, to: number): void;
  /** Any other key. */
  onKey?(event: KeyboardEvent, mark: number | null): void;
}

/** A line over a plot that follows the pointer and the arrow keys, so that hovering draws no chart again. */
export interface PlotCursor {
  /** Goes over the canvas, in a box of the same size. */
  readonly element: HTMLElement;
  /** To be called whenever the chart was drawn. */
  layout(area: ChartArea | null, marks: number): void;
}

/** Makes the cursor of one chart. */
export function createPlotCursor(options: CursorOptions): PlotCursor {
  const line = h('div', { class: 'plot-crosshair', hidden: true });
  const brush = h('div', { class: 'plot-selection', hidden: true });
  const element = h(
    'div',
    {
      class: 'plot-overlay',
      role: 'slider',
      tabindex: 0,
      'aria-label': options.label,
      'aria-valuemin': 0,
      'aria-valuemax': 0,
      'aria-valuenow': 0,
    },
    brush,
    line,
  );
  const { tooltip } = options;
  let area: ChartArea | null = null;
  let marks = 0;
  /** Where the keyboard is. */
  let current: number | null = null;
  let pressedAt: number | null = null;
  let isBrushing = false;

  const offset = () => area?.left ?? 0;
  const placeOf = (event: PointerEvent) =>
    offset() + event.clientX - element.getBoundingClientRect().left;
  const within = (x: number) => Math.min(Math.max(x, offset()), (area?.right ?? 1) - 1);

  function put(mark: number | null): void {
    show(line, mark !== null);
    if (mark !== null) line.style.left = `${Math.round(options.xOf(mark) - offset())}px`;
  }

  function say(mark: number | null): void {
    setAttribute(element, 'aria-valuenow', mark === null ? 0 : mark);
    setAttribute(element, 'aria-valuetext', mark === null ? undefined : options.textOf(mark));
  }

  function showBrush(from: number, to: number): void {
    show(brush, true);
    brush.style.left = `${Math.min(from, to) - offset()}px`;
    brush.style.width = `${Math.abs(to - from)}px`;
    brush.style.top = '0';
    brush.style.height = '100%';
  }

  element.addEventListener('pointermove', event => {
    const x = within(placeOf(event));
    const mark = options.markAt(x);
    put(mark);
    if (pressedAt !== null && options.onBrush && Math.abs(x - pressedAt) >= brushFrom)
      isBrushing = true;
    if (isBrushing && pressedAt !== null) showBrush(pressedAt, x);
    const at = { x: event.clientX, y: event.clientY };
    tooltip.showAt(mark === null ? null : options.textOf(mark), at);
  });
  element.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    pressedAt = within(placeOf(event));
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointerup', event => {
    if (pressedAt === null) return;
    const [from, to] = [options.markAt(pressedAt), options.markAt(within(placeOf(event)))];
    const wasBrushing = isBrushing;
    endBrush();
    if (from === null || to === null) return;
    if (wasBrushing) options.onBrush?.(Math.min(from, to), Math.max(from, to));
    else options.onPick(to);
  });
  element.addEventListener('pointercancel', endBrush);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('blur', leave);
  element.addEventListener('keydown', event => {
    const next = nextMark(event.key, current, marks);
    if (next !== null) {
      current = next;
      put(next);
      say(next);
      const { left, top } = element.getBoundingClientRect();
      tooltip.showAt(options.textOf(next), { x: left + options.xOf(next) - offset(), y: top });
    } else if (event.key === 'Enter' && current !== null) options.onPick(current);
    else {
      options.onKey?.(event, current);
      return;
    }
    event.preventDefault();
  });

  function endBrush(): void {
    pressedAt = null;
    isBrushing = false;
    show(brush, false);
  }

  function leave(): void {
    put(null);
    tooltip.showAt(null, { x: 0, y: 0 });
  }

  return {
    element,
    layout(next, count) {
      area = next;
      marks = count;
      if (current !== null && current >= count) current = null;
      setAttribute(element, 'aria-valuemax', Math.max(0, count - 1));
      say(current);
      if (!next) return;
      element.style.left = `${next.left}px`;
      element.style.top = `${next.top}px`;
      element.style.width = `${Math.max(0, next.width)}px`;
      element.style.height = `${Math.max(0, next.height)}px`;
    },
  };
}
