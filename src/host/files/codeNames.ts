/** A way in which code may write the name of a tensor. */
export interface NameForm {
  readonly text: string;
  /** Smaller says more surely that it is this tensor. */
  readonly rank: number;
}

/** Where a name is written. */
export interface Occurrence {
  /** From 0. */
  readonly line: number;
  /** UTF-16 code units from the line's start. */
  readonly column: number;
  readonly form: NameForm;
  /** The line, without the space around it, as far as it is worth showing. */
  readonly preview: string;
}

/** More of one file are not worth a look. */
const mostInFile = 50;
/** Characters of a line that are shown before what was found, and in all. */
const previewBefore = 60;
const previewLength = 200;
const wordCharacter = /[\p{L}\p{N}_]/u;

/**
 * How code may write a tensor's name, the surest first: in full; its module, without `.weight` or the like; the module with
 * its numbers in brackets; its last two parts, and its last part. Numbers alone say nothing.
 */
export function formsOf(name: string): NameForm[] {
  const parts = name.split('.');
  const module = parts.length > 1 ? parts.slice(0, -1) : parts;
  const words = module.filter(part => !/^\d+$/.test(part));
  const texts = [
    name,
    module.join('.'),
    module.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]'),
    words.length > 1 ? words.slice(-2).join('.') : '',
    words.at(-1) ?? '',
  ];
  const unique = new Map<string, NameForm>();
  texts.forEach((text, rank) => {
    if (text.length > 2 && !unique.has(text)) unique.set(text, { text, rank });
  });
  return Array.from(unique.values());
}

/** Where a text has one of the forms, each place once under the surest form it has; at most the first 50. */
export function occurrencesIn(text: string, forms: readonly NameForm[]): Occurrence[] {
  // The last part is in most forms: where it is not, nothing is.
  if (!forms.some(form => text.includes(form.text))) return [];
  const found: Occurrence[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let line = 0; line < lines.length && found.length < mostInFile; line++) {
    const at = firstIn(lines[line]!, forms);
    if (at) found.push({ line, ...at, preview: previewOf(lines[line]!, at.column) });
  }
  return found;
}

/** The surest form in a line. */
function firstIn(
  line: string,
  forms: readonly NameForm[],
): Pick<Occurrence, 'column' | 'form'> | undefined {
  for (const form of forms) {
    for (let at = line.indexOf(form.text); at >= 0; at = line.indexOf(form.text, at + 1))
      if (isWhole(line, at, form.text.length)) return { column: at, form };
  }
  return undefined;
}

function isWhole(line: string, at: number, length: number): boolean {
  const [before, after] = [line[at - 1] ?? '', line[at + length] ?? ''];
  return !wordCharacter.test(before) && !wordCharacter.test(after);
}

function previewOf(line: string, column: number): string {
  const from = Math.max(0, column - previewBefore);
  const cut = line.slice(from, from + previewLength).trim();
  return from > 0 ? `…${cut}` : cut;
}
