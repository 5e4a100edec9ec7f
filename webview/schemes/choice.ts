import type { DocumentView } from '../../src/protocol/editor';
import type { SavedState } from '../state';
import type { ShownSchemes } from './schemeList';

/** What the user has chosen of the schemes, where it follows from what the host shows. */
export interface SchemeChoice {
  /** Remembers what is to be chosen as soon as the host shows these schemes: before, their names mean nothing. */
  want(next: ShownSchemes): void;
  /** What is asked for and not shown yet: the next change begins there, or it would undo this one. */
  wanted(): ShownSchemes | null;
  /** The host has answered: what it shows from now on is what there is. */
  settle(next: ShownSchemes): void;
  /** What to save now that the host shows other schemes; null where nothing follows. */
  follow(doc: DocumentView, saved: SavedState): Partial<SavedState> | null;
}

/** Makes a choice that wants nothing yet. */
export function createSchemeChoice(): SchemeChoice {
  let wanted: ShownSchemes | null = null;
  let isSettled = false;

  function reached({ schemes }: DocumentView): Partial<SavedState> | null {
    if (!wanted) return null;
    if (schemes.join('\n') !== wanted.schemes.join('\n')) {
      if (isSettled) wanted = null;
      return null;
    }
    const { activeScheme, hiddenSchemes } = wanted;
    wanted = null;
    return { activeScheme, hiddenSchemes };
  }

  return {
    want(next) {
      wanted = next;
      isSettled = false;
    },
    wanted: () => wanted,
    settle(next) {
      if (wanted === next) isSettled = true;
    },
    follow(doc, saved) {
      return quantized(doc, saved) ?? reached(doc);
    },
  };
}

/** What the user quantized with last is shown alone; the scheme bar brings the others back. */
function quantized({ schemes, shownScheme }: DocumentView, saved: SavedState) {
  const shown = shownScheme === null ? null : (schemes[shownScheme] ?? null);
  if (shown === null || shown === saved.shownScheme) return null;
  const hiddenSchemes = schemes.filter(name => name !== shown);
  return { shownScheme: shown, activeScheme: shown, hiddenSchemes };
}
