import * as l10n from '@vscode/l10n';
import type { ChartArea } from 'chart.js';
import type { Range } from '../../src/quant/arithmetic';
import { h, setAttribute, show } from '../dom';
import { formatFigure } from '../format';
import { type Extent, endLimits, type Field, keyValue, moveEnd, type RangeKind } from './range';

const ends = ['lo', 'hi'] as const;

/** What the handles show. */
export interface HandlesInput {
  readonly kind: RangeKind;
  readonly range: Range;
  /** The axis that is drawn; a handle may go a little further, and then stays at its end. */
  readonly axis: Extent;
  readonly area: ChartArea;
}

/** The two ends of a range over a histogram: dragged, or moved by keys. */
export interface Handles {
  /** Goes over the canvas, in a box of the same size. */
  readonly element: HTMLElement;
  /** Null hides them. */
  put(input: HandlesInput | null): void;
}

/** Makes the handles; `onMove` gets the whole range. */
export function createHandles(onMove: (range: Range) => void): Handles {
  const clipped = ends.map(end => h('div', { class: `range-clipped ${end}` }));
  const handles = ends.map(end =>
    h(
      'div',
      {
        class: `range-handle ${end}`,
        role: 'slider',
        tabindex: 0,
        'aria-label':
          end === 'lo' ? l10n.t('Low end of the range') : l10n.t('High end of the range'),
      },
      h('span', { class: 'range-grip', 'aria-hidden': 'true' }),
    ),
  );
  const element = h('div', { class: 'range-handles' }, ...clipped, ...handles);
  let shown: HandlesInput | null = null;

  function move(end: keyof Range, to: number): void {
    if (shown) onMove(moveEnd(fieldOf(shown), shown.range, { end, to }));
  }

  ends.forEach((end, i) => {
    const handle = handles[i]!;
    handle.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      handle.focus();
      event.preventDefault();
    });
    handle.addEventListener('pointermove', event => {
      if (!shown || !handle.hasPointerCapture(event.pointerId)) return;
      const x = event.clientX - element.getBoundingClientRect().left;
      move(end, valueAt(x, shown));
    });
    handle.addEventListener('keydown', event => {
      if (!shown) return;
      const limits = endLimits(fieldOf(shown), shown.range, end);
      const to = keyValue(event.key, shown.range[end], limits);
      if (to === null) return;
      event.preventDefault();
      move(end, to);
    });
  });

  function place(end: keyof Range, input: HandlesInput): void {
    const i = ends.indexOf(end);
    const { area, range, axis } = input;
    const value = range[end];
    const x = placeOf(value, input);
    const handle = handles[i]!;
    const limits = endLimits(fieldOf(input), range, end);
    handle.style.left = `${x}px`;
    handle.style.top = `${area.top}px`;
    handle.style.height = `${area.height}px`;
    setAttribute(handle, 'aria-valuemin', limits.min);
    setAttribute(handle, 'aria-valuemax', limits.max);
    setAttribute(handle, 'aria-valuenow', value);
    setAttribute(
      handle,
      'aria-valuetext',
      input.kind === 'mirrored'
        ? l10n.t('{0}, mirrored', formatFigure(value))
        : formatFigure(value),
    );
    handle.title = l10n.t('{0}: drag, or use the arrow keys', String(value));
    const from = end === 'lo' ? area.left : x;
    const to = end === 'lo' ? x : area.right;
    const zone = clipped[i]!;
    show(zone, to - from >= 1 && (end === 'lo' ? value > axis.from : value < axis.to));
    zone.style.left = `${from}px`;
    zone.style.width = `${to - from}px`;
    zone.style.top = `${area.top}px`;
    zone.style.height = `${area.height}px`;
  }

  return {
    element,
    put(input) {
      shown = input;
      show(element, input !== null);
      if (input) for (const end of ends) place(end, input);
    },
  };
}

/** Dragging outwards may widen what is drawn by half, so that a range beyond the data can be tried, too. */
function fieldOf({ kind, axis }: HandlesInput): Field {
  const margin = (axis.to - axis.from) / 4;
  return { kind, axis: { from: axis.from - margin, to: axis.to + margin } };
}

/** Where a value is, in CSS pixels from the left, within the plot. */
export function placeOf(
  value: number,
  { axis, area }: Pick<HandlesInput, 'axis' | 'area'>,
): number {
  const fraction = (value - axis.from) / (axis.to - axis.from);
  return area.left + Math.min(1, Math.max(0, fraction)) * area.width;
}

/** The value at a place; beyond the plot the axis goes on. */
export function valueAt(x: number, { axis, area }: Pick<HandlesInput, 'axis' | 'area'>): number {
  return axis.from + ((x - area.left) / area.width) * (axis.to - axis.from);
}
