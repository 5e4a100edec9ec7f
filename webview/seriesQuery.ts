import type { DocumentView, SeriesQuery } from '../src/protocol/editor';
import { hostView, type SavedState } from './state';

/** What the query depends on. */
export interface ChartState {
  readonly saved: SavedState;
  readonly doc: DocumentView | null;
  /** How many marks a chart has room for. */
  readonly marks: number;
}

/** What to ask for the charts: the view as a plain list, whatever groups the table shows. */
export function makeSeriesQuery({ saved, doc, marks }: ChartState): SeriesQuery {
  const { zoom, colourBy } = saved.overview;
  const active = activeSchemeOf(saved, doc);
  const byKind = colourBy === 'kind' && active !== null ? doc!.schemes.indexOf(active) : -1;
  return {
    view: { ...hostView(saved), grouped: false, collapsed: [] },
    marks,
    ...(zoom && { range: zoom }),
    ...(byKind >= 0 && { byKind }),
  };
}

/** The scheme that views of one scheme show: the one the user pointed at last, else the first. */
export function activeSchemeOf(
  { activeScheme }: SavedState,
  doc: Pick<DocumentView, 'schemes'> | null,
): string | null {
  const schemes = doc?.schemes ?? [];
  return schemes.find(scheme => scheme === activeScheme) ?? schemes[0] ?? null;
}
