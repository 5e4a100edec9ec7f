/** A text on a line that may be a tensor's name. */
export interface LineName {
  readonly name: string;
  /** UTF-16 code units from the line's start. */
  readonly column: number;
}

/** A longer line is data, not code. */
const mostColumns = 2000;
const mostInLine = 20;

/** What may be tensors' full names on a line: what is between quotes, and words with dots; at most 20. */
export function namesOnLine(line: string): LineName[] {
  if (line.length > mostColumns) return [];
  const names: LineName[] = [];
  for (const match of line.matchAll(
    /"([^"\\]+)"|'([^'\\]+)'|[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)+/gu,
  )) {
    const quoted = match[1] ?? match[2];
    names.push({ name: quoted ?? match[0], column: match.index + (quoted === undefined ? 0 : 1) });
    if (names.length === mostInLine) break;
  }
  return names;
}
