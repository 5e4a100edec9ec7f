import type { Row } from '../../src/protocol/editor';

/** Row a key leads to, before clamping ends it; null for keys that do not move. */
export function rowTarget(key: string, from: number, page: number, last: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return from + 1;
    case 'ArrowUp':
      return from - 1;
    case 'PageDown':
      return from + page;
    case 'PageUp':
      return from - page;
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** Index of the group above a row, as far as the rows between are held; null at the top. */
export function parentOf(index: number, row: (index: number) => Row | undefined): number | null {
  const depth = row(index)?.depth ?? 0;
  for (let i = index - 1; i >= 0 && depth > 0; i--) {
    const above = row(i);
    if (!above) return null;
    if (above.depth < depth) return i;
  }
  return null;
}
