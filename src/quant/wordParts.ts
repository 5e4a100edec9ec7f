import { closest } from 'fastest-levenshtein';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';

/** The error for a word whose value cannot be read. */
export function wrong(word: string, expected: string): WeightError {
  return new WeightError('unsupported', `scheme: ${quote(word)} needs ${expected}`, {
    actual: word,
  });
}

/** A decimal number, never -0; or NaN: what `Number` reads of blanks, hexadecimals or words is not one. */
export function numberOf(text: string | undefined): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text ?? '') ? Number(text) + 0 : Number.NaN;
}

/** The parts before and after the first separator; the second is undefined when there is none. */
export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The name that was probably meant: one that begins with or holds the word, else the one with the fewest letters changed. */
export function nearest(word: string, names: readonly string[]): string {
  const holds = (test: (name: string) => boolean) =>
    word.length > 1 ? names.find(test) : undefined;
  return (
    holds(name => name.startsWith(word)) ??
    holds(name => name.includes(word)) ??
    closest(word, names)
  );
}

/** The error for a word that is none, with the nearest right one. */
export function unknown(what: string, word: string, meant: string): WeightError {
  return new WeightError(
    'unsupported',
    `scheme: unknown ${what} ${quote(word)}; did you mean ${quote(meant)}?`,
    { actual: word },
  );
}
