import { marks } from '../../src/protocol/values';
import { formatFigure } from '../format';
import type { Found } from './pages';
import type { ValueMode } from './state';

/** How a cell reads. */
export interface CellText {
  readonly text: string;
  /** All digits. */
  readonly exact: string;
  /** What is special about it, told by a sign of its own. */
  readonly sign: '' | '▲' | '▼' | '◆';
  /** |error|, to be tinted by; NaN where it is not an error. */
  readonly magnitude: number;
}

/** What the elements of a tensor are. */
export type ElementKind = 'float' | 'integer' | 'bool';

/** The kind of a dtype by its name; what is stored in several tensors is of floats. */
export function kindOf(dtype: string): ElementKind {
  if (dtype === 'BOOL') return 'bool';
  return /^[IU]\d+$/.test(dtype) ? 'integer' : 'float';
}

/** A number as it is shown: four significant digits; what is no number by its name. */
export function shortNumber(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (Object.is(x, -0)) return '−0';
  return formatFigure(x);
}

/** A number with all digits of the float64 that it is. */
export function exactNumber(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

/** What a cell shows; null where the mode has nothing to show. */
export function cellText(found: Found, mode: ValueMode, kind: ElementKind): CellText | null {
  const { page, slot } = found;
  const value = page.values[slot]!;
  if (mode === 'original') return originalText(page.exact?.[slot] || null, value, kind);
  if (!page.quantized) return null;
  const { codes, results, marks: marked } = page.quantized;
  const result = results[slot]!;
  const sign = signOf(marked[slot]!, value > result);
  const figure = mode === 'code' ? codes[slot]! : mode === 'error' ? value - result + 0 : result;
  const text = mode === 'code' ? formatCode(figure) : shortNumber(figure);
  const magnitude = mode === 'error' ? Math.abs(figure) : Number.NaN;
  return { text, exact: exactNumber(figure), sign, magnitude };
}

/** A code, whose minus is as wide as a digit. */
export function formatCode(code: number): string {
  return code < 0 ? `−${-code}` : String(code);
}

function originalText(digits: string | null, value: number, kind: ElementKind): CellText {
  const exact = digits ?? exactNumber(value);
  const plain = { exact, sign: '', magnitude: Number.NaN } as const;
  if (kind === 'bool')
    return { ...plain, text: value ? 'true' : 'false', exact: value ? 'true' : 'false' };
  if (kind === 'integer') return { ...plain, text: exact.replace('-', '−') };
  return { ...plain, text: shortNumber(value) };
}

function signOf(marked: number, isAbove: boolean): CellText['sign'] {
  if (marked & marks.kept) return '◆';
  if (marked & marks.clipped) return isAbove ? '▲' : '▼';
  return '';
}

/** Characters that the widest cell takes. */
export function charactersOf(mode: ValueMode, dtype: string): number {
  if (mode === 'code') return 7;
  if (mode === 'original') {
    const integers: Readonly<Record<string, number>> = {
      ...{ BOOL: 5, U8: 4, I8: 5, U16: 6, I16: 7, U32: 11, I32: 12, U64: 21, I64: 21 },
    };
    return Math.max(5, integers[dtype] ?? 10);
  }
  return 11;
}
