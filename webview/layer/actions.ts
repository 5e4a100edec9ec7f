import { maxSchemes } from '../../src/protocol/schemes';
import { latestSchemes } from '../schemes/shown';
import type { Session } from '../session';

/** Shows a scheme beside the others and makes it the active one; where there is no room it takes the active one's place. */
export function tryScheme(session: Session, scheme: string): void {
  const latest = latestSchemes(session);
  const schemes = withScheme(latest.schemes, latest.activeScheme, scheme);
  if (schemes === latest.schemes) session.setLayout({ activeScheme: scheme });
  else session.setSchemes({ ...latest, schemes, activeScheme: scheme });
}

/** The schemes with one more, or with the active one replaced where there are as many as can be shown. */
export function withScheme(
  shown: readonly string[],
  active: string | null,
  scheme: string,
): readonly string[] {
  if (shown.includes(scheme)) return shown;
  if (shown.length < maxSchemes) return [...shown, scheme];
  return shown.map(other => (other === active ? scheme : other));
}

/** Opens the values view at an element of the matrix [out, in] of the selected tensor. */
export function showValue(session: Session, row: number, col: number): void {
  const tensor = session.state.detail?.name ?? null;
  const matrix = { tensor, rowAxis: 0, colAxis: 'rest', fixed: [] } as const;
  session.setLayout({ values: { ...session.state.saved.values, ...matrix, row, col } });
  session.showView('values');
}
