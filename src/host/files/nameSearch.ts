/** Finds names by what people type of them. */
export interface NameSearch {
  /** Positions of the names that fit, best first, at most `most`. An empty text fits all, in their order. */
  find(text: string, most: number): number[];
}

/** Of a name that has all parts as they were typed, a name that has only their characters in order. */
const scattered = 1e6;
/** A part that does not begin where a part of the name does. */
const insideWord = 1e4;
/** A number that goes on in the name. */
const cutNumber = 1e3;
const separators = '._/-';
/** A rank and a position are sorted as one number, exactly: ranks are below 2^30. */
const mostNames = 2 ** 22;

/**
 * Prepares names for a search that is made with each key. Parts of the text between spaces are looked for one behind the
 * other, whatever their case; a name that does not have them still fits when it has all characters in their order.
 * @param names at most 2^22
 */
export function createNameSearch(names: readonly string[]): NameSearch {
  const lower = names.map(name => name.toLowerCase());
  return {
    find(text, most) {
      const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
      if (parts.length === 0) return Array.from(lower.slice(0, most).keys());
      const joined = parts.join('');
      const keys = new Float64Array(lower.length);
      let count = 0;
      for (let i = 0; i < lower.length; i++) {
        const rank = rankOf(lower[i]!, parts) ?? scatteredRank(lower[i]!, joined);
        if (rank !== undefined) keys[count++] = rank * mostNames + i;
      }
      // Names of one rank stay in their order.
      const best = keys.subarray(0, count).sort().subarray(0, most);
      return Array.from(best, key => key % mostNames);
    },
  };
}

/** Smaller is better; undefined when a part is missing. */
function rankOf(name: string, parts: readonly string[]): number | undefined {
  let rank = 0;
  let from = 0;
  for (const part of parts) {
    const at = placeOf(name, part, from);
    if (at < 0) return undefined;
    if (from === 0) rank += Math.min(at, insideWord / 10 - 1);
    if (!startsPart(name, at)) rank += insideWord;
    from = at + part.length;
    if (isDigit(name, from - 1) && isDigit(name, from)) rank += cutNumber;
  }
  return rank;
}

/** Where a part is: first where a part of the name begins, else anywhere; -1 for nowhere. */
function placeOf(name: string, part: string, from: number): number {
  const first = name.indexOf(part, from);
  for (let at = first; at >= 0; at = name.indexOf(part, at + 1))
    if (startsPart(name, at)) return at;
  return first;
}

/** Of a name that has the characters in order: the nearer they are, the better. */
function scatteredRank(name: string, characters: string): number | undefined {
  let at = -1;
  for (let i = 0; i < characters.length; i++) {
    at = name.indexOf(characters[i]!, at + 1);
    if (at < 0) return undefined;
  }
  const end = at;
  // Backwards from the end: the shortest run that ends there.
  for (let i = characters.length - 1, before = at + 1; i >= 0; i--) {
    at = name.lastIndexOf(characters[i]!, before - 1);
    before = at;
  }
  return scattered + (end - at);
}

function startsPart(name: string, at: number): boolean {
  return at === 0 || separators.includes(name[at]!) || separators.includes(name[at - 1]!);
}

function isDigit(name: string, at: number): boolean {
  const code = name.charCodeAt(at);
  return code >= 48 && code <= 57;
}
