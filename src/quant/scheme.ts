import { closest } from 'fastest-levenshtein';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';

/** How an affine integer grid is laid over a tensor. */
export interface Scheme {
  /** Bits of a code, 2 to 8. */
  readonly bits: number;
  /** Codes start at 0 (`uint`) or lie on both sides of it (`int`). */
  readonly signed: boolean;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
  /** `full` adds the code -2^(b-1) to a symmetric grid. */
  readonly range: 'narrow' | 'full';
  /** `in`: the range of an asymmetric scheme is widened to hold 0. */
  readonly zero: 'in' | 'free';
}

/** Which weights share a scale and a zero point. A channel is a row; a group is `size` neighbours in a row. */
export type Granularity =
  | { readonly kind: 'tensor' }
  | { readonly kind: 'channel' }
  | { readonly kind: 'group'; readonly size: number };

/** Widest first: of equally near names the suggestion is then the more usual one. */
const grids = [8, 7, 6, 5, 4, 3, 2].flatMap(b => [`int${b}`, `uint${b}`]);
const words = [
  'sym',
  'asym',
  'tensor',
  'channel',
  'group=128',
  'calib=minmax',
  'round=even',
  'range=narrow',
  'range=full',
  'zero=in',
  'zero=free',
  'scale=f32',
];

/**
 * Reads a scheme's text: a grid, then words in any order; what is left out has its default.
 * @throws WeightError 'unsupported' naming the bad word and the nearest right one
 */
export function parseScheme(text: string): Scheme {
  const [grid, ...rest] = text.trim().toLowerCase().split(/\s+/);
  if (!grid)
    throw new WeightError('unsupported', 'scheme: empty, expected for example "int8 sym channel"');
  if (!grids.includes(grid)) throw badWord(grid, grids, 'grid');
  const signed = grid.startsWith('int');
  const given = new Map<string, string>();
  for (const word of rest) {
    const topic = topicOf(word);
    const earlier = given.get(topic);
    if (earlier !== undefined)
      throw new WeightError(
        'unsupported',
        `scheme: ${quote(word)} contradicts or repeats ${quote(earlier)}`,
      );
    given.set(topic, word);
  }
  const symmetry = given.get('symmetry');
  return consistent({
    bits: Number(grid.replace(/\D+/, '')),
    signed,
    symmetric: symmetry === undefined ? signed : symmetry === 'sym',
    granularity: granularityOf(given.get('granularity') ?? 'channel'),
    range: given.get('range') === 'range=full' ? 'full' : 'narrow',
    zero: given.get('zero') === 'zero=free' ? 'free' : 'in',
  });
}

function topicOf(word: string): string {
  if (word === 'sym' || word === 'asym') return 'symmetry';
  if (word === 'tensor' || word === 'channel' || word.startsWith('group=')) return 'granularity';
  if (words.includes(word)) return word.slice(0, word.indexOf('='));
  throw badWord(word, words, 'word');
}

function granularityOf(word: string): Granularity {
  if (word === 'tensor' || word === 'channel') return { kind: word };
  const size = /^group=([1-9]\d{0,8})$/.exec(word)?.[1];
  if (size === undefined)
    throw new WeightError(
      'unsupported',
      `scheme: ${quote(word)} needs a whole number of weights from 1, as in "group=128"`,
    );
  return { kind: 'group', size: Number(size) };
}

function consistent(scheme: Scheme): Scheme {
  if (scheme.symmetric && scheme.zero === 'free')
    throw new WeightError(
      'unsupported',
      'scheme: "zero=free" needs "asym": a symmetric range always holds 0',
    );
  if (!scheme.symmetric && scheme.range === 'full')
    throw new WeightError(
      'unsupported',
      'scheme: "range=full" needs "sym": an asymmetric grid has every code',
    );
  return scheme;
}

function badWord(word: string, known: readonly string[], what: string): WeightError {
  return new WeightError(
    'unsupported',
    `scheme: unknown ${what} ${quote(word)}; did you mean ${quote(closest(word, known))}?`,
    { actual: word },
  );
}

/** The shortest text that `parseScheme` reads back as the same scheme. */
export function printScheme(scheme: Scheme): string {
  const { granularity: g } = scheme;
  const parts = [`${scheme.signed ? 'int' : 'uint'}${scheme.bits}`];
  if (scheme.symmetric !== scheme.signed) parts.push(scheme.symmetric ? 'sym' : 'asym');
  if (g.kind !== 'channel') parts.push(g.kind === 'group' ? `group=${g.size}` : g.kind);
  if (scheme.range === 'full') parts.push('range=full');
  if (scheme.zero === 'free') parts.push('zero=free');
  return parts.join(' ');
}
