import type { Session } from '../session';
import type { ShownSchemes } from './schemeList';

/** The schemes as the host shows them. */
export function shownSchemes(session: Session): ShownSchemes {
  const { doc, saved } = session.state;
  return {
    schemes: doc?.schemes ?? [],
    activeScheme: session.activeScheme(),
    hiddenSchemes: saved.hiddenSchemes,
  };
}

/** Where the next change begins: an earlier one may still be on its way. */
export function latestSchemes(session: Session): ShownSchemes {
  return session.wantedSchemes() ?? shownSchemes(session);
}
