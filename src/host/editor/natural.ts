/** Sorts before every character of a name, so that `a.b` comes before `a-b` and a module's tensors stay together. */
const separator = '\u0000';

/**
 * A text whose plain order is the natural order of the name's dotted parts: digits compare as numbers, a part that ends
 * comes before one that goes on. No two names have the same key, and names with a common start `a.` are neighbours.
 */
export function modelKey(name: string): string {
  return numbersAsKeys(escapeLowest(name)).replaceAll('.', separator);
}

/** A text whose plain order is the natural order of the whole name, ignoring case. */
export function nameKey(name: string): string {
  return numbersAsKeys(name.toLowerCase());
}

/** Puts each number's length in front of it, and the zeros it began with behind. */
function numbersAsKeys(text: string): string {
  return text.replace(/\d+/g, run => {
    const digits = run.replace(/^0+(?=\d)/, '');
    return `0${countChar(digits.length)}${digits}${countChar(run.length - digits.length)}`;
  });
}

/** A character that grows with `n`, above all digits. */
function countChar(n: number): string {
  return String.fromCharCode(0x100 + Math.min(n, 0xfe00));
}

/** Keeps the separator's character free. */
function escapeLowest(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.replace(/[\u0000\u0001]/g, c => (c === separator ? '\u0001\u0001' : '\u0001\u0002'));
}
