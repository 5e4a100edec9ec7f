/** A text on a line that may be a tensor's name. */
export interface NameCandidate {
  readonly name: string;
  /** Where it stands: `[start, end)`, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** Only this much of a line is looked at, on either side of the pointer; names are shorter. */
const reach = 1000;
/** Dotted parts that are tried on either side of the pointer. */
const mostParts = 32;

/**
 * What may be a tensor's full name at a position, longest first: the content of the string literal there, and runs of
 * dotted names around it. Outside a string, and for parts of one, only names with a dot count: plain identifiers are words.
 */
export function nameCandidates(line: string, column: number): NameCandidate[] {
  const from = Math.max(0, column - reach);
  const text = line.slice(from, column + reach);
  const at = column - from;
  const literal = literalAt(text, at);
  const found = [...(literal ? [literal] : []), ...dottedAt(text, at, literal)];
  const seen = new Set<string>();
  return found
    .filter(c => c.name !== '' && !seen.has(c.name) && seen.add(c.name))
    .sort((a, b) => b.name.length - a.name.length)
    .map(c => ({ name: c.name, start: c.start + from, end: c.end + from }));
}

/** The string literal around a position, when its quotes are both on the line. */
function literalAt(text: string, at: number): NameCandidate | undefined {
  const literals = /'''(.*?)'''|"""(.*?)"""|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g;
  for (const match of text.matchAll(literals)) {
    const content = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const quote = (match[0].length - content.length) / 2;
    const start = match.index + quote;
    const end = start + content.length;
    if (match.index <= at && at <= end + quote) return { name: unescaped(content), start, end };
    if (match.index > at) return undefined;
  }
  return undefined;
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

/** Every run of dotted parts that has the position in it. */
function dottedAt(text: string, at: number, literal: NameCandidate | undefined): NameCandidate[] {
  const inString = literal && literal.start <= at && at <= literal.end;
  const words = inString
    ? /[\p{L}\p{N}_/:-]+(?:\.[\p{L}\p{N}_/:-]+)+/gu
    : /[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)+/gu;
  for (const match of text.matchAll(words)) {
    if (match.index > at) return [];
    if (at <= match.index + match[0].length) return runsAround(match[0], match.index, at);
  }
  return [];
}

function runsAround(dotted: string, offset: number, at: number): NameCandidate[] {
  const parts: { start: number; end: number }[] = [];
  let start = offset;
  for (const part of dotted.split('.')) {
    parts.push({ start, end: start + part.length });
    start += part.length + 1;
  }
  const mine = Math.max(
    0,
    parts.findIndex(p => at <= p.end),
  );
  const runs: NameCandidate[] = [];
  for (let first = Math.max(0, mine - mostParts); first <= mine; first++)
    for (let last = mine; last < Math.min(parts.length, mine + mostParts); last++) {
      if (first === last) continue;
      const run = { start: parts[first]!.start, end: parts[last]!.end };
      runs.push({ name: dotted.slice(run.start - offset, run.end - offset), ...run });
    }
  return runs;
}
