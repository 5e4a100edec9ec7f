/** A filter box's text, understood. */
export interface Filter {
  readonly matches: (name: string) => boolean;
  /** Why the text was not understood; everything then matches. */
  readonly error: string | null;
}

const everything = () => true;

/** Reads a filter: text anywhere in the name, ignoring case, or a regular expression as `/.../` or `/.../i`. */
export function parseFilter(input: string): Filter {
  const text = input.trim();
  if (text === '') return { matches: everything, error: null };
  const [, pattern, flags] = /^\/(.+)\/([dgimsuvy]*)$/s.exec(text) ?? [];
  if (pattern === undefined) return textFilter(text.toLowerCase());
  if (flags !== '' && flags !== 'i')
    return { matches: everything, error: `Only the flag i is known after /${pattern}/` };
  try {
    const regex = new RegExp(pattern, flags);
    return { matches: name => regex.test(name), error: null };
  } catch (e) {
    return { matches: everything, error: readable(e as SyntaxError) };
  }
}

function textFilter(text: string): Filter {
  return { matches: name => name.toLowerCase().includes(text), error: null };
}

/** The engine's reason without its preamble: "Unterminated group". */
function readable({ message }: SyntaxError): string {
  const reason = message.slice(message.lastIndexOf(': ') + 2);
  return `Not a regular expression: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}
