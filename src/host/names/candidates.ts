/** A text on a line that may be a tensor's name. */
export interface NameCandidate {
  /** With indexes as parts: `layers[0].mlp` is `layers.0.mlp`. */
  readonly name: string;
  /** Where it stands: `[start, end)`, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** A stretch of a line, and what it holds. */
export interface Span {
  readonly text: string;
  /** `[start, end)`, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** Only this much of a line is looked at, on either side of the pointer; names are shorter. */
export const reach = 1000;
/** Parts that are tried on either side of the pointer. */
const mostParts = 16;

/**
 * What may be a tensor's or a module's name at a position, longest first: the content of the string literal there, and runs of
 * dotted names around it. Outside a string, and for parts of one, only names with a dot count: plain identifiers are words.
 */
export function nameCandidates(line: string, column: number): NameCandidate[] {
  const from = Math.max(0, column - reach);
  const text = line.slice(from, column + reach);
  const at = column - from;
  const literal = literalAt(text, at);
  const whole = literal && { ...literal, name: literal.text };
  const found = [...(whole ? [whole] : []), ...runsAt(text, at, literal)];
  const seen = new Set<string>();
  return found
    .filter(c => c.name !== '' && !seen.has(c.name) && seen.add(c.name))
    .sort((a, b) => b.name.length - a.name.length)
    .map(c => ({ name: c.name, start: c.start + from, end: c.end + from }));
}

/** The string literals of a line whose quotes are both on it, by their content. */
export function literalsOf(text: string): Span[] {
  const literals = /'''(.*?)'''|"""(.*?)"""|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g;
  return Array.from(text.matchAll(literals), match => {
    const content = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const start = match.index + (match[0].length - content.length) / 2;
    return { text: unescaped(content), start, end: start + content.length };
  });
}

/** The string literal around a position; its quotes count as part of it. */
export function literalAt(text: string, at: number): Span | undefined {
  return literalsOf(text).find(({ start, end }) => start - 1 <= at && at <= end + 1);
}

/** JSON's escapes, which are also Python's most common ones. */
function unescaped(content: string): string {
  if (!content.includes('\\')) return content;
  try {
    return String(JSON.parse(`"${content}"`));
  } catch {
    return content; // another escape of Python's: the text as it stands
  }
}

/** Names joined by dots, also by `->` and `::` of C++ and Rust, and indexes that are numbers. */
const inCode = /[\p{L}\p{N}_]+(?:(?:\.|->|::)[\p{L}\p{N}_]+|\[\d+\])+/gu;
/** In a string names may also have these signs. */
const inString = /[\p{L}\p{N}_/:-]+(?:\.[\p{L}\p{N}_/:-]+|\[\d+\])+/gu;

/**
 * The dotted names of a line that stand for themselves: not what is indexed by something unknown, as in `layers[i].mlp`, and
 * not what follows it or a call.
 */
export function chainsOf(text: string, pattern = inCode): Span[] {
  return Array.from(text.matchAll(pattern), ({ 0: chain, index: start }) => ({
    text: chain,
    start,
    end: start + chain.length,
  })).filter(span => standsAlone(text, span));
}

function standsAlone(text: string, { start, end }: Span): boolean {
  const isTail = /[\])]\s*(?:\.|->)$/.test(text.slice(Math.max(0, start - 4), start));
  return !isTail && !/^\[[^\]"'\d]/.test(text.slice(end, end + 2));
}

/** Every run of parts of a dotted name that has the position in it. */
function runsAt(text: string, at: number, literal: Span | undefined): NameCandidate[] {
  const isInside = literal !== undefined && literal.start <= at && at <= literal.end;
  const chain = chainsOf(text, isInside ? inString : inCode).find(
    ({ start, end }) => start <= at && at <= end,
  );
  return chain ? runsAround(chain, at) : [];
}

function runsAround(chain: Span, at: number): NameCandidate[] {
  const parts = partsOf(chain);
  const mine = Math.max(
    0,
    parts.findIndex(p => at <= p.end),
  );
  const runs: NameCandidate[] = [];
  for (let first = Math.max(0, mine - mostParts); first <= mine; first++)
    for (let last = mine; last < Math.min(parts.length, mine + mostParts); last++) {
      if (first === last) continue;
      const run = parts.slice(first, last + 1);
      const name = run.map(p => p.text).join('.');
      runs.push({ name, start: run[0]!.start, end: run.at(-1)!.end });
    }
  return runs;
}

/** The parts of a dotted name. The brackets of an index belong to it. */
function partsOf({ text, start }: Span): Span[] {
  const parts = /(?:->|::|\.)?(\[(\d+)\]|(?:(?!->|::|[.[\]]).)+)/gu;
  return Array.from(text.matchAll(parts), ({ 0: all, 1: part = '', 2: number, index }) => {
    const end = start + index + all.length;
    return { text: number ?? part, start: end - part.length, end };
  });
}
