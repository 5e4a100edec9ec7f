import type { Series } from '../../src/protocol/editor';

/** Positions [from, to) of the view's order. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Fewer layers than this are not zoomed into. */
export const leastShown = 4;

/** The positions that marks [first, last] stand for, widened where they are too few; null where that is everything. */
export function rangeOfMarks(
  { start, count }: Pick<Series, 'start' | 'count'>,
  first: number,
  last: number,
): Range | null {
  const [from, to] = [start[Math.min(first, last)]!, start[Math.max(first, last) + 1]!];
  return fitted({ from, to }, count);
}

/** `range` with its length times `factor`, so that `at` keeps its place; null where that is everything. */
export function zoomed(
  range: Range,
  { at, factor, count }: { readonly at: number; readonly factor: number; readonly count: number },
): Range | null {
  const length = range.to - range.from;
  const next = Math.max(leastShown, Math.round(length * factor));
  const place = (at + 0.5 - range.from) / length;
  const from = Math.round(at + 0.5 - place * next);
  return fitted({ from, to: from + next }, count);
}

/** Moves a range, if it has to, so that it holds a position. */
export function revealing(range: Range, at: number, count: number): Range | null {
  if (at >= range.from && at < range.to) return range;
  const length = range.to - range.from;
  const from = at - Math.floor(length / 2);
  return fitted({ from, to: from + length }, count);
}

function fitted({ from, to }: Range, count: number): Range | null {
  const length = Math.max(to - from, leastShown);
  if (length >= count) return null;
  const first = Math.max(0, Math.min(from, count - length));
  return { from: first, to: first + length };
}

/** Whether some mark stands for several tensors. */
export function isMerged({ name, start }: Pick<Series, 'name' | 'start'>): boolean {
  return name.length < shownCount({ start });
}

/** Tensors that the marks stand for. */
export function shownCount({ start }: Pick<Series, 'start'>): number {
  return start.at(-1)! - start[0]!;
}
