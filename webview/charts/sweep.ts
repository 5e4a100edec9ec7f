import type { OverlayEvents } from './overlay';

interface SweepParts {
  readonly events: Pick<OverlayEvents, 'onHover' | 'onRange' | 'onSweep'>;
  /** The mark at a place in the window; null beside the plot. */
  markAt(clientX: number): number | null;
  /** Pixels that a press has to move before it sweeps: a click may tremble. */
  readonly sweepFrom: number;
}

/** Lets the pointer sweep over marks. Escape, or the system taking the pointer away, ends it without a result. */
export function followSweep(target: HTMLElement, { events, markAt, sweepFrom }: SweepParts) {
  /** Set from the press on. */
  let from: { readonly mark: number; readonly x: number } | null = null;
  let last = 0;
  let isSwept = false;

  function end(isWanted: boolean): void {
    if (from && isSwept) {
      events.onSweep?.(null);
      if (isWanted) events.onRange?.(Math.min(from.mark, last), Math.max(from.mark, last));
    }
    from = null;
  }

  target.addEventListener('pointerdown', event => {
    isSwept = false;
    const mark = markAt(event.clientX);
    if (event.button !== 0 || mark === null) return;
    from = { mark, x: event.clientX };
    last = mark;
    target.setPointerCapture(event.pointerId);
  });
  target.addEventListener('pointermove', event => {
    if (!from) return;
    if (!isSwept && Math.abs(event.clientX - from.x) < sweepFrom) return;
    if (!isSwept) events.onHover(null, null);
    isSwept = true;
    const { left, right } = target.getBoundingClientRect();
    last = markAt(Math.max(left, Math.min(right - 1, event.clientX))) ?? last;
    events.onSweep?.([Math.min(from.mark, last), Math.max(from.mark, last)]);
  });
  target.addEventListener('pointerup', () => end(true));
  target.addEventListener('pointercancel', () => end(false));
  target.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !from) return;
    event.stopImmediatePropagation();
    end(false);
  });

  return {
    isOn: () => from !== null && isSwept,
    /** Whether the click that comes after a press is the end of a sweep. */
    endsWithClick: () => isSwept,
  };
}
