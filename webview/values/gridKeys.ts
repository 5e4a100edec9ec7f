import type { Cell, Slice } from './slice';

/** Cells in sight. */
export interface PageSize {
  readonly rows: number;
  readonly cols: number;
}

/** What moves the selected cell. */
export type GridKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** The cell that a key leads to, before it is clamped to the grid; null for keys that do not move. */
export function cellTarget(
  { key, ctrlKey, metaKey, altKey }: GridKey,
  { row, col }: Cell,
  { slice, page }: { readonly slice: Slice; readonly page: PageSize },
): Cell | null {
  const isFar = ctrlKey || metaKey;
  const [lastRow, lastCol] = [slice.rows - 1, slice.cols - 1];
  switch (key) {
    case 'ArrowDown':
      return { row: isFar ? lastRow : row + 1, col };
    case 'ArrowUp':
      return { row: isFar ? 0 : row - 1, col };
    case 'ArrowRight':
      return { row, col: isFar ? lastCol : col + 1 };
    case 'ArrowLeft':
      return { row, col: isFar ? 0 : col - 1 };
    // With Alt sideways, as in spreadsheets.
    case 'PageDown':
      return altKey ? { row, col: col + page.cols } : { row: row + page.rows, col };
    case 'PageUp':
      return altKey ? { row, col: col - page.cols } : { row: row - page.rows, col };
    case 'Home':
      return { row: isFar ? 0 : row, col: 0 };
    case 'End':
      return { row: isFar ? lastRow : row, col: lastCol };
    default:
      return null;
  }
}
