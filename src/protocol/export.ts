import type { TensorKind } from '../base/tensorKind';
import type { ChartId } from '../report/chartFigures';
import type { RowsView } from './editor';

/** What may be saved as a file. Schemes are numbers of `DocumentView.schemes`. */
export type ExportWish =
  /** The table in its order and with its filter: all rows. */
  | { readonly kind: 'csv'; readonly view: RowsView; readonly schemes: readonly number[] }
  /** The model with all schemes. */
  | { readonly kind: 'html' | 'markdown' }
  /** What the command line's `quantize --json` prints for a scheme. */
  | { readonly kind: 'quantizeJson'; readonly scheme: number }
  /** What the command line's `stats --json` prints. */
  | { readonly kind: 'statsJson' }
  | ({ readonly kind: 'svg' } & ChartWish)
  /** A picture that the page has drawn. @param name what it shows, in a word, for the file's name */
  | { readonly kind: 'png'; readonly name: string; readonly bytes: Uint8Array };

/** A chart of layers as it is shown. */
export interface ChartWish {
  readonly chart: ChartId;
  readonly view: RowsView;
  /** Only the layers at positions [from, to) of the view's order. Absent: all. */
  readonly range?: { readonly from: number; readonly to: number };
  readonly hidden: readonly number[];
  readonly log: boolean;
  /** Set where kinds of tensors are told apart, under one scheme. */
  readonly byKind?: { readonly scheme: number; readonly hidden: readonly TensorKind[] };
}

/** What the export menu may ask of the host. */
export interface ExportRequests {
  /** Asks the user for a place, and saves. The name of the file, or null when the user thought better of it. */
  'export/save': [ExportWish, { readonly saved: string | null }];
  /** Shows what was saved last from this page. */
  'export/open': [null, null];
}
