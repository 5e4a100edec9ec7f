import { largestPage, type ValuesPage } from '../../src/protocol/values';
import { exactNumber } from './cellText';
import type { Window } from './pages';
import { pageOf } from './pages';
import { type Cell, elementAt, type Slice } from './slice';
import type { ValueMode } from './state';

/** Cells that are copied at once, at most. */
export const mostCopied = 100_000;

/** How values are written. */
export type CopyForm = 'tsv' | 'numpy';

/** What is copied. */
export interface Copied {
  readonly slice: Slice;
  readonly window: Window;
  readonly mode: ValueMode;
  readonly dtype: string;
}

/** Cells of a window. */
export function cellsIn({ row, rowEnd, col, colEnd }: Window): number {
  return (rowEnd - row) * (colEnd - col);
}

/**
 * The values of a window as text with all digits, row by row.
 * @param pageWith gives the page that a cell is on
 */
export async function copyText(
  { slice, window, mode, dtype }: Copied,
  form: CopyForm,
  pageWith: (cell: Cell) => Promise<ValuesPage>,
): Promise<string> {
  const write = form === 'tsv' ? tsvNumber : numpyNumber;
  const rows: string[][] = [];
  const held = new Map<string, ValuesPage>();
  for (let row = window.row; row < window.rowEnd; row++) {
    const texts: string[] = [];
    for (let col = window.col; col < window.colEnd; col++) {
      if (elementAt(slice, { row, col }) === null) break;
      const start = pageOf({ row, col });
      // Rows of pages follow each other: what is above is not needed again.
      if (!held.has(start.key)) {
        if (col === window.col) held.clear();
        held.set(start.key, await pageWith({ row, col }));
      }
      const page = held.get(start.key)!;
      const cols = page.values.length / Math.min(largestPage, slice.rows - start.row);
      const slot = (row - start.row) * cols + col - start.col;
      texts.push(write(figureOf(page, slot, mode), dtype === 'BOOL' && mode === 'original'));
    }
    rows.push(texts);
  }
  if (form === 'tsv') return rows.map(texts => texts.join('\t')).join('\n');
  return numpyLiteral(slice.wraps ? [rows.flat()] : rows, numpyDType(mode, dtype));
}

/** A number, or the digits of an integer that a number cannot hold. */
function figureOf({ values, exact, quantized }: ValuesPage, slot: number, mode: ValueMode): string {
  if (mode === 'original' || !quantized) return exact?.[slot] || exactNumber(values[slot]!);
  if (mode === 'code') return String(quantized.codes[slot]);
  const result = quantized.results[slot]!;
  return exactNumber(mode === 'error' ? values[slot]! - result + 0 : result);
}

function tsvNumber(text: string, isBool: boolean): string {
  return isBool ? (text === '0' ? 'false' : 'true') : text;
}

function numpyNumber(text: string, isBool: boolean): string {
  if (isBool) return text === '0' ? 'False' : 'True';
  return text.replace('NaN', 'np.nan').replace('Infinity', 'np.inf');
}

function numpyLiteral(rows: readonly string[][], dtype: string): string {
  const [only] = rows;
  const lists = rows.map(texts => `[${texts.join(', ')}]`);
  const body = rows.length === 1 && only ? lists[0]! : `[${lists.join(',\n ')}]`;
  return `np.array(${body}, dtype=${dtype})`;
}

/** Formats that numpy does not have are written as float32, which holds them. */
function numpyDType(mode: ValueMode, dtype: string): string {
  if (mode === 'code') return 'np.int32';
  if (mode === 'dequantized') return 'np.float32';
  if (mode === 'error') return 'np.float64';
  if (dtype === 'BOOL') return 'np.bool_';
  const [, letter = '', bits = ''] = /^([IUF])(\d+)$/.exec(dtype) ?? [];
  const names: Readonly<Record<string, string>> = { I: 'int', U: 'uint', F: 'float' };
  const isKnown = letter !== '' && (letter !== 'F' || ['16', '32', '64'].includes(bits));
  return isKnown ? `np.${names[letter]}${bits}` : 'np.float32';
}
