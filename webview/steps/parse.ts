import * as l10n from '@vscode/l10n';
import { mostWatched } from '../../src/protocol/steps';

/** Numbers that were typed, or what is wrong with them. */
export type Typed =
  | { readonly isGood: true; readonly values: readonly number[] }
  | { readonly isGood: false; readonly message: string };

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads numbers separated by spaces, commas, semicolons or lines; brackets around them, as numpy prints and Python writes
 * them, do no harm. A minus sign may be the typographic one.
 */
export function parseValues(text: string): Typed {
  const words = text
    .replaceAll('−', '-')
    .replace(/[[\](){}]/g, ' ')
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (words.length === 0) return bad(l10n.t('Type up to {0} numbers: 3, 1, 2, 3', mostWatched));
  const wrong = words.find(word => !number.test(word));
  if (wrong !== undefined)
    return bad(l10n.t('“{0}” is not a number; write one like -2.5 or 1e-3', cut(wrong)));
  const large = words.find(word => !Number.isFinite(Math.fround(Number(word))));
  if (large !== undefined)
    return bad(l10n.t('“{0}” is too large for FP32, which ends at 3.4e38', cut(large)));
  if (words.length > mostWatched)
    return bad(l10n.t('{0} numbers are too many: at most {1}', words.length, mostWatched));
  return { isGood: true, values: words.map(Number) };
}

function bad(message: string): Typed {
  return { isGood: false, message };
}

function cut(word: string): string {
  return word.length > 20 ? `${word.slice(0, 20)}…` : word;
}
