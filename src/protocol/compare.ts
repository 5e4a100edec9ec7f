import type { WireError } from '../base/errors';
import type { Comparison, ComparisonDetail } from '../compare/comparison';
import type { Unmatched } from '../compare/side';
import type { Finding } from '../formats/tensorFile';
import type { Band, RowPage, Series } from './editor';
import type { PageRequests } from './page';

/** Position of a pair in the order of the first model. */
export type PairId = number;

/** What the page of a comparison may ask of the host. Rows are paged: no message grows with the models. */
export interface CompareRequests extends PageRequests {
  /** Waits until both headers are read; never rejects for a bad file: see `ComparisonView.error`. */
  'comparison/get': [null, ComparisonView];
  /** Reads both models again, after a failure to open them. Their files are not watched. */
  'comparison/reload': [null, null];
  /** Goes on with what was cancelled. */
  'comparison/resume': [null, null];
  'comparison/cancel': [null, null];
  'pairs/page': [
    { readonly view: PairsView; readonly from: number; readonly count: number },
    PairPage,
  ];
  /** Row of a pair in a view; null when the view does not show it. */
  'pairs/find': [
    { readonly view: PairsView; readonly pair: PairId },
    { readonly row: number | null },
  ];
  /** SQNR of all pairs in the order of the first model, with at most `marks` marks. */
  'pairs/series': [{ readonly marks: number }, PairSeries];
  /** Selects a pair: it is compared before the others, with heat map and histograms. Reports its
   * progress. Null when there is no such pair of that name in this generation. */
  'pair/get': [{ readonly pair: PairId; readonly name: string }, PairDetail | null];
}

/** What the host tells the page of a comparison. Each says that something changed; the page fetches again. */
export interface CompareEvents {
  /** New figures or a new generation. Posted at most every 100 ms. */
  'comparison/changed': { readonly generation: number };
}

/** The comparison as a whole. */
export interface ComparisonView {
  /** Counts reloads: ids of another generation mean nothing. */
  readonly generation: number;
  /** Why the models cannot be compared; everything else is then empty. */
  readonly error: WireError | null;
  readonly a: ComparedFile;
  readonly b: ComparedFile;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly pairs: number;
  /** Pairs that have ended, with figures or without. */
  readonly donePairs: number;
  /** Pairs that could not be compared; the reason is in their row. */
  readonly failed: number;
  /** Fraction of the weights compared, 0 to 1. */
  readonly fraction: number;
  /** Name of a pair that is being compared, if there is one. */
  readonly current: string | null;
}

/** One of the two files. */
export interface ComparedFile {
  readonly name: string;
  /** Where it is in the workspace: it tells files of one name apart. */
  readonly path: string;
  readonly uri: string;
  /** Weights without a counterpart: at most 500, and how many there are. */
  readonly unmatched: readonly Unmatched[];
  readonly unmatchedCount: number;
  /** At most 200. */
  readonly findings: readonly Finding[];
}

/** What pairs are sorted by. */
export type PairSortKey =
  | 'model'
  | 'name'
  | 'storedA'
  | 'storedB'
  | 'sqnr'
  | 'relativeFrobenius'
  | 'cosine'
  | 'maxError'
  | 'worstBlock';

/** Which pairs are shown, and in which order. */
export interface PairsView {
  /** Text anywhere in either name, ignoring case; `/.../` or `/.../i` is a regular expression. Empty: all. */
  readonly filter: string;
  readonly sort: PairSortKey;
  readonly descending: boolean;
}

/** Figures of a pair, without its detail. */
export type PairFigures = Omit<Comparison, 'detail'>;

/** A pair as the table shows it. */
export interface PairRow {
  readonly pair: PairId;
  readonly name: string;
  /** Name of the weight in the second model, when it is another one. */
  readonly otherName: string | null;
  readonly shape: readonly number[];
  /** How each is stored: dtype, or scheme of a packed weight. */
  readonly storedA: string;
  readonly storedB: string;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly figures: PairFigures | null;
  /** Why there are no figures. */
  readonly error: string | null;
}

/** Rows [from, from + rows.length) of a view. */
export type PairPage = Omit<RowPage, 'rows'> & { readonly rows: readonly PairRow[] };

/** A chart of all pairs. `pair[i]` is the first of mark i. */
export interface PairSeries extends Pick<Series, 'generation' | 'count' | 'start' | 'name'> {
  readonly pair: Int32Array;
  readonly sqnrDb: Band;
}

/** A pair with its pictures. */
export interface PairDetail extends PairRow {
  readonly generation: number;
  /** Null where the two cannot be compared: `error` says why. */
  readonly detail: ComparisonDetail | null;
}
