import type { WireError } from '../base/errors';
import type { TensorKind } from '../base/tensorKind';
import type { StoredView } from '../checkpoints/storedView';
import type { Finding, Format } from '../formats/tensorFile';
import type { ExportRequests } from './export';
import type { LayerRequests } from './layer';
import type { PageRequests } from './page';
import type { PrecisionRequests } from './precision';
import type { SchemeFacts, SchemeRequests } from './schemes';
import type { StepsRequests } from './steps';
import type { TensorId, TensorRef } from './tensor';
import type { ValuesRequests } from './values';
import type { TensorAnalysis } from './worker';

export type { TensorId, TensorRef } from './tensor';

/** Everything the webview may ask of the host, by the part of the page that asks. No message grows with the file. */
export interface EditorRequests
  extends DocumentRequests,
    SchemeRequests,
    LayerRequests,
    ValuesRequests,
    StepsRequests,
    PrecisionRequests,
    ExportRequests {}

/** What is asked about the file as a whole, its rows and its charts. Rows are paged. */
export interface DocumentRequests extends PageRequests {
  /** Waits until the header is read; never rejects for a bad file: see `DocumentView.error`. */
  'document/get': [null, DocumentView];
  /** Reads the file again, after a change on disk or a failure. */
  'document/reload': [null, null];
  /** Opens the file with VS Code's text editor, a hex editor, or lets the user pick. */
  'document/reopenWith': [{ readonly editor: 'text' | 'hex' | 'pick' }, null];
  'rows/page': [
    { readonly view: RowsView; readonly from: number; readonly count: number },
    RowPage,
  ];
  /** Row of a tensor in a view; null when the view does not show it. */
  'rows/find': [
    { readonly view: RowsView; readonly tensor: TensorId },
    { readonly row: number | null },
  ];
  'series/get': [SeriesQuery, Series];
  /** The tensors of a view that lose most under a scheme, worst first; those without figures are not among them. */
  'ranking/get': [
    { readonly view: RowsView; readonly scheme: number; readonly count: number },
    Ranking,
  ];
  'tensor/get': [{ readonly tensor: TensorId }, TensorDetail];
  /** The stored scales, zero points and codes of a weight; null where it has none. Cancelled when
   * its generation is not the one that is shown: the answer has no name to tell another tensor by. */
  'tensor/stored': [{ readonly tensor: TensorRef }, StoredView | null];
  /** Shows the tensors as they are stored, or the weights that they make. */
  'document/setRaw': [{ readonly raw: boolean }, null];
  /** Starts analysing what has no figures yet (`all`, or a sample of each tensor), or only the tensors named. */
  'analysis/start': [
    { readonly mode: 'all' | 'sample'; readonly tensors?: readonly TensorId[] },
    null,
  ];
  'analysis/cancel': [null, null];
  /** Tells the host what is selected, for commands and for other views of the same file. */
  'selection/set': [{ readonly tensor: TensorId | null }, null];
}

/** What the host tells the webview. Each says that something changed; the webview fetches again. */
export interface EditorEvents {
  /** New state, new figures or a new generation. Posted at most every 100 ms. */
  'document/changed': { readonly generation: number };
  /** A command or another view selected a tensor: show it, scroll to it. `scheme` is the one it was quantized with, if so. */
  'selection/changed': { readonly tensor: TensorId; readonly scheme?: number };
}

/** The file as a whole. */
export interface DocumentView {
  /** Counts reloads: ids of another generation mean nothing. */
  readonly generation: number;
  readonly fileName: string;
  /** Why the file cannot be shown; everything else is then empty. */
  readonly error: WireError | null;
  readonly summary: Summary | null;
  readonly analysis: AnalysisView;
  /** Whether the file on disk is still the one that is shown. */
  readonly disk: 'same' | 'changed' | 'deleted';
  /** Texts of the schemes whose figures are shown, in the order of `TensorAnalysis.reports`. */
  readonly schemes: readonly string[];
  /** What is known of each of `schemes`; null until it is. */
  readonly schemeFacts: readonly (SchemeFacts | null)[];
  /** Index into `schemes` that the user asked for last (Quantize ...), or null: all. */
  readonly shownScheme: number | null;
  readonly sigma: number;
  /** What is selected, by any view or command. */
  readonly selected: TensorId | null;
  /** Whether the tensors are shown as they are stored. */
  readonly raw: boolean;
  /** Weights that are stored in several tensors; 0 when `raw`. */
  readonly packed: number;
}

export interface Summary {
  readonly format: Format;
  readonly tensors: number;
  /** Elements of all tensors. */
  readonly parameters: number;
  readonly byteLength: number;
  readonly dtypes: readonly {
    readonly dtype: string;
    readonly tensors: number;
    readonly byteLength: number;
  }[];
  readonly shards: number;
  /** Metadata of the header: at most 200 entries, values cut at 1000 characters. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  /** At most 200. */
  readonly findings: readonly Finding[];
  /** Set when the bytes are a copy: the scheme they came from (`git`, `vscode-vfs`). */
  readonly copiedFrom: string | null;
}

export interface AnalysisView {
  /** `offered`: too large to start by itself; the user chooses. */
  readonly state: 'offered' | 'running' | 'done' | 'cancelled';
  readonly doneTensors: number;
  readonly totalTensors: number;
  /** Bytes read so far, and in all, of this run. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** What is being read now, with the fraction done. */
  readonly current: readonly { readonly tensor: string; readonly fraction: number }[];
  /** Tensors whose analysis failed; the reason is in their row. */
  readonly failed: number;
  /** What a sample would read. */
  readonly sampleBytes: number;
}

export type SortKey =
  | 'model'
  | 'name'
  | 'dtype'
  | 'shape'
  | 'elements'
  | 'bytes'
  | 'absMax'
  | 'std'
  | 'outliers'
  | 'sqnr0'
  | 'sqnr1'
  | 'sqnr2'
  | 'sqnr3';

/** Which tensors are shown, and in which order. */
export interface RowsView {
  /** Text anywhere in the name, ignoring case; `/.../` or `/.../i` is a regular expression. Empty: all. */
  readonly filter: string;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Tree of dotted names; only with sort `model` or `name`. */
  readonly grouped: boolean;
  /** Paths of the closed groups. */
  readonly collapsed: readonly string[];
}

export type Row = GroupRow | TensorRow;

export interface GroupRow {
  readonly kind: 'group';
  /** Dotted path, ending without a dot: `model.layers.0`. */
  readonly path: string;
  /** Last part(s) of the path. */
  readonly label: string;
  readonly depth: number;
  readonly tensors: number;
  readonly elements: number;
  readonly byteLength: number;
  readonly collapsed: boolean;
}

export interface TensorRow {
  readonly kind: 'tensor';
  readonly tensor: TensorId;
  readonly name: string;
  /** The name without the groups above it. */
  readonly label: string;
  readonly depth: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  readonly status: 'waiting' | 'running' | 'done' | 'sampled' | 'failed' | 'no-figures';
  readonly absMax: number | null;
  readonly std: number | null;
  /** Fraction of the elements. */
  readonly outliers: number | null;
  readonly tensorKind: TensorKind;
  /** By scheme. */
  readonly sqnrDb: readonly (number | null)[];
  /** By scheme: what Gaussian weights of this shape would get; null where it is not known. */
  readonly gaussianSqnrDb: readonly (number | null)[];
  readonly findings: number;
}

export interface RowPage {
  readonly generation: number;
  /** Rows of the whole view. */
  readonly total: number;
  /** Tensors that match the filter, of all. */
  readonly matching: number;
  readonly from: number;
  readonly rows: readonly Row[];
  /** Why the filter was not understood (a bad regular expression); the page then is of all rows. */
  readonly filterError: string | null;
}

/** Lowest and highest value of each mark; NaN where there is none yet. With one tensor a mark and one value they are equal. */
export interface Band {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The same with the middle in between; NaN where a mark stands for several tensors. */
export interface ParamBand extends Band {
  readonly median: Float64Array;
}

/** What is charted of one scheme. */
export interface SchemeBands {
  /** Over the channels, groups or blocks of a tensor. */
  readonly scale: ParamBand;
  readonly zeroPoint: ParamBand;
  readonly sqnrDb: Band;
  readonly mse: Band;
  /** What Gaussian weights of the same shape would get. */
  readonly gaussianSqnrDb: Band;
}

/** What is charted of the tensors of one kind, under the scheme asked for. */
export interface KindBands extends SchemeBands {
  /** Index into `tensorKinds`. */
  readonly kind: number;
  readonly outliers: Band;
}

/** At most `marks` marks for the tensors of a view, in the view's order. */
export interface SeriesQuery {
  readonly view: RowsView;
  readonly marks: number;
  /** Only those at positions [from, to) of the order, cut to what there is. Absent: all. */
  readonly range?: { readonly from: number; readonly to: number };
  /** Index of the scheme whose bands are wanted for each kind, too. */
  readonly byKind?: number;
}

export interface Series {
  readonly generation: number;
  /** Tensors in the view; groups do not count and collapsed tensors do. */
  readonly count: number;
  /** Mark i stands for the tensors at positions [start[i], start[i + 1]) of the view's order; one longer than the marks. */
  readonly start: Int32Array;
  /** First tensor of each mark. */
  readonly tensor: Int32Array;
  /** Its name. */
  readonly name: readonly string[];
  /** Its kind, an index into `tensorKinds`. */
  readonly kind: Uint8Array;
  /** Fraction of outliers. */
  readonly outliers: Band;
  /** By scheme, in the order of `DocumentView.schemes`. */
  readonly schemes: readonly SchemeBands[];
  /** Of the kinds that are among the tensors, in the order of `tensorKinds`; null when it was not asked for. */
  readonly kinds: readonly KindBands[] | null;
  /** Lowest and highest SQNR in dB of all tensors of the model and all schemes; null while there is none. */
  readonly sqnrRange: readonly [low: number, high: number] | null;
}

/** The tensors that lose most. */
export interface Ranking {
  readonly generation: number;
  readonly worst: readonly RankedTensor[];
}

export interface RankedTensor {
  readonly tensor: TensorId;
  readonly name: string;
  readonly tensorKind: TensorKind;
  readonly sqnrDb: number;
  readonly gaussianSqnrDb: number | null;
  /** Its part of the squared error of all tensors of the model that have figures; null where there is no error at all. */
  readonly share: number | null;
}

export interface TensorDetail {
  readonly generation: number;
  readonly tensor: TensorId;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  /** Name of the file it is in, for a sharded model. */
  readonly file: string | null;
  readonly status: TensorRow['status'];
  /** Fraction done while running. */
  readonly fraction: number;
  readonly analysis: TensorAnalysis | null;
  readonly error: WireError | null;
  readonly findings: readonly Finding[];
  /** How a packed weight is stored; null for plain tensors. */
  readonly stored: StoredFacts | null;
  /** Whether `tensor/stored` has something to tell. */
  readonly hasStoredParams: boolean;
}

/** How a packed weight is stored. */
export interface StoredFacts {
  readonly scheme: string;
  readonly bits: number;
  readonly groupSize: number | null;
  readonly bitsPerWeight: number;
  readonly tensors: readonly {
    /** What it is to the weight: codes, scale, zero point ... */
    readonly role: string;
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly byteLength: number;
  }[];
}
