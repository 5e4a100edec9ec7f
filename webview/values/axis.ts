/** Elements of a page grow no larger than this in browsers, in CSS pixels; they end a little below 2^25. */
const longest = 8_000_000;

/** One direction of a grid that scrolls: equal cells, of which there may be more than a page has room for. */
export interface ScrollAxis {
  /** Pixels of all that is scrolled, as the page sees it. */
  readonly length: number;
  /** Where the cells in sight begin, in pixels of the cells. */
  readonly position: number;
  /** Tells sizes, in pixels; the position stays as near as it can. Returns where the page has to be scrolled to. */
  measure(sizes: { readonly count: number; readonly cell: number; readonly view: number }): number;
  /** The page was scrolled. Returns where it has to be scrolled to instead: near by, except where it is as it should be. */
  scrolled(to: number): number;
  /** Goes to a position. Returns where the page has to be scrolled to. */
  moveTo(position: number): number;
  /** Goes just so far that a cell is in sight. Returns where the page has to be scrolled to. */
  reveal(index: number): number;
  /** Cells [from, to) in sight, those in part too. */
  range(): { readonly from: number; readonly to: number };
}

/**
 * Makes an axis without cells. While all cells fit in the page, scrolling is the page's own. Else the page stands for all of
 * them on a smaller scale: short moves are made pixel by pixel, long ones (dragging the bar) by their share.
 */
export function createAxis(): ScrollAxis {
  let [count, cell, view] = [0, 1, 0];
  let position = 0;
  let scroll = 0;

  const total = () => count * cell;
  const length = () => Math.min(total(), longest);
  const most = () => Math.max(0, total() - view);
  const scale = () => {
    const room = length() - view;
    return total() <= longest || room <= 0 ? 1 : most() / room;
  };
  const settle = (wanted: number) => {
    position = Math.max(0, Math.min(wanted, most()));
    scroll = position / scale();
    return scroll;
  };

  return {
    get length() {
      return length();
    },
    get position() {
      return position;
    },
    measure(sizes) {
      const inCells = cell > 0 ? position / cell : 0;
      ({ count, cell, view } = sizes);
      return settle(inCells * cell);
    },
    scrolled(to) {
      if (scale() === 1) return settle(to);
      const moved = to - scroll;
      // Rounding to whole pixels is no move.
      if (Math.abs(moved) < 1) return to;
      return settle(Math.abs(moved) < 2 * view ? position + moved : to * scale());
    },
    moveTo: settle,
    reveal(index) {
      const start = index * cell;
      if (start < position) return settle(start);
      if (start + cell > position + view) return settle(start + cell - view);
      return scroll;
    },
    range() {
      const from = Math.floor(position / cell);
      return { from, to: Math.min(count, Math.ceil((position + view) / cell)) };
    },
  };
}
