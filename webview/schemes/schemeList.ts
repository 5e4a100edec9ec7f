/** The schemes that are shown, and what was chosen of them. */
export interface ShownSchemes {
  readonly schemes: readonly string[];
  /** The one that views of one scheme show. */
  readonly activeScheme: string | null;
  /** Those that charts and the table leave out. */
  readonly hiddenSchemes: readonly string[];
}

/** With one more scheme, which becomes the active one. */
export function withAdded(shown: ShownSchemes, text: string): ShownSchemes {
  return { ...shown, schemes: [...shown.schemes, text], activeScheme: text };
}

/** With another scheme in the place of one; it takes over what was chosen of that. */
export function withReplaced(shown: ShownSchemes, index: number, text: string): ShownSchemes {
  const before = shown.schemes[index];
  const renamed = (name: string) => (name === before ? text : name);
  return {
    schemes: shown.schemes.with(index, text),
    activeScheme: shown.activeScheme === null ? null : renamed(shown.activeScheme),
    hiddenSchemes: shown.hiddenSchemes.map(renamed),
  };
}

/** Without one scheme; the one before it is active where it was. */
export function withRemoved(shown: ShownSchemes, index: number): ShownSchemes {
  const gone = shown.schemes[index];
  const schemes = shown.schemes.toSpliced(index, 1);
  const next = schemes[Math.max(0, index - 1)] ?? null;
  return {
    schemes,
    activeScheme: shown.activeScheme === gone ? next : shown.activeScheme,
    hiddenSchemes: shown.hiddenSchemes.filter(name => name !== gone),
  };
}

/** Splits a scheme's text for a place that may be narrow: the head is cut first, the tail stays. */
export function splitText(text: string): { readonly head: string; readonly tail: string } {
  const space = text.lastIndexOf(' ');
  const from = space > 0 && text.length - space <= 14 ? space : text.length - 8;
  return text.length <= 12
    ? { head: text, tail: '' }
    : { head: text.slice(0, from), tail: text.slice(from) };
}
