import type { CodeHistogram } from '../checkpoints/storedView';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type { Range } from '../quant/arithmetic';
import type { ErrorReport } from '../quant/errorReport';
import type { RowErrors, RowParams } from '../quant/run/rowFigures';
import type { Profile, ProfileDetail } from '../stats/profile';
import type { TensorRef } from './tensor';

/** What the view of one layer may ask of the host. All reports progress and ends with its signal. */
export interface LayerRequests {
  /** What a scheme does to a tensor, as a screen shows it. The scheme need not be one of the document's. */
  'layer/get': [LayerRef, LayerView];
  /** Figures of the rows [from, to), reduced to at most so many marks. Null where there are too many rows to keep. */
  'layer/channels': [
    LayerRef & { readonly from: number; readonly to: number; readonly marks: number },
    ChannelSeries | null,
  ];
  /** |weight| or |error| by place in a window of the matrix, reduced to at most `cells` in each direction. */
  'layer/map': [
    LayerRef & {
      readonly of: 'weight' | 'error';
      readonly window: Window | null;
      readonly cells: number;
    },
    PlaceMap,
  ];
  /** What clipping at each of many thresholds would cost one segment; null where the grid has no threshold. */
  'layer/curve': [
    LayerRef & { readonly by: CurveKind; readonly segment: number },
    CalibrationCurve | null,
  ];
  /** What would bring the scheme nearer to what Gaussian weights get, each tried on the whole tensor. */
  'layer/fixes': [LayerRef, readonly Fix[]];
}

/** A tensor and the scheme that it is looked at under. */
export interface LayerRef {
  readonly tensor: TensorRef;
  readonly scheme: string;
}

/** A tensor under a scheme. */
export interface LayerView {
  /** The shortest text of the scheme. */
  readonly scheme: string;
  /** Rows and columns that the scheme sees: rank 2 is [out, in], above it [d0, the rest]. */
  readonly matrix: { readonly rows: number; readonly cols: number };
  /** Null for element types without figures. */
  readonly profile: Profile | null;
  readonly detail: ProfileDetail | null;
  /** Null where the scheme does not apply; the findings say why. */
  readonly report: ErrorReport | null;
  /** SQNR that Gaussian weights of this shape would get, in dB; null where that is not known. */
  readonly gaussianSqnrDb: number | null;
  readonly histogram: OverlaidHistogram | null;
  /** Null for casts to 16 bits, which have more codes than a histogram shows. */
  readonly codes: CodeHistogram | null;
  /** The lowest and the highest value that some segment can represent; null where the format does not say. */
  readonly range: Range | null;
  /** Segments (weights that share a scale) as [out, groups]; [0, 0] where the scheme does not apply. */
  readonly segments: readonly [number, number];
  /** Whether there are figures of each row. */
  readonly hasChannels: boolean;
  readonly findings: readonly Finding[];
}

/** Counts of the values before and after, over the same equal bins of [lo, hi]; what lies beyond counts in the end bins. */
export interface OverlaidHistogram {
  readonly lo: number;
  readonly hi: number;
  readonly original: readonly number[];
  readonly dequantized: readonly number[];
}

/** Smallest, median and largest of what each mark stands for; NaN where there is none. */
export interface Spread {
  readonly low: Float64Array;
  readonly median: Float64Array;
  readonly high: Float64Array;
}

/** Figures of rows, reduced. */
export interface ChannelSeries {
  /** Rows of the matrix. */
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  /** Mark i stands for the rows [start[i], start[i + 1]); one longer than the marks. */
  readonly start: Int32Array;
  /** Of all scales in the row; null where the grid has none. */
  readonly scale: Spread | null;
  readonly zeroPoint: Spread | null;
  readonly absMax: Spread;
  readonly sqnrDb: Spread;
  readonly mse: Spread;
}

/** A rectangle of the matrix: [row, row + rows) by [col, col + cols). */
export interface Window {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

/** Magnitudes by place. */
export interface PlaceMap {
  readonly window: Window;
  /** Cells. Cell (i, j) stands for rows [window.row + i * rowsPerCell, ...) and columns likewise; those at the end may be smaller. */
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerCell: number;
  readonly colsPerCell: number;
  /** Row-major; NaN for a cell without a finite value. */
  readonly mean: Float32Array;
  readonly max: Float32Array;
}

/** What is searched: what the scheme itself searches, squared error, or KL divergence of the clipped from the quantized histogram. */
export type CurveKind = 'scheme' | 'mse' | 'kl';

/** Losses of thresholds. */
export interface CalibrationCurve {
  readonly by: CurveKind;
  /** The scheme that was searched, as text. */
  readonly scheme: string;
  /** What a loss is, in words: `KL divergence`, `mean squared error`. */
  readonly loss: string;
  /** Ascending: values beyond +-threshold are clipped (for an asymmetric range, the share of it that is kept, times its largest magnitude). */
  readonly thresholds: Float64Array;
  /** By threshold. */
  readonly losses: Float64Array;
  /** Index of the one that is chosen. */
  readonly chosen: number;
  /** Values that were searched, of how many of the segment: a search of very many takes evenly spaced ones. */
  readonly searched: number;
  readonly of: number;
}

/** A change of the scheme, and what it brings. */
export interface Fix {
  /** What it takes away from the loss. */
  readonly cause: 'outliers' | 'clipping' | 'granularity';
  readonly scheme: string;
  readonly sqnrDb: number | null;
  /** Over the scheme without the change, in dB. */
  readonly gainDb: number | null;
  readonly bitsPerWeight: number | null;
}

/** What the host may ask of a worker for it. */
export interface LayerWork {
  'layer/get': [LayerTask & { readonly statistics: LayerStatistics | null }, LayerAnswer];
  'layer/map': [
    LayerTask &
      Omit<LayerRequests['layer/map'][0], keyof LayerRef> & {
        readonly statistics: LayerStatistics | null;
      },
    PlaceMap,
  ];
  'layer/curve': [
    LayerTask & Omit<LayerRequests['layer/curve'][0], keyof LayerRef>,
    CalibrationCurve | null,
  ];
  'layer/fixes': [LayerTask, readonly Fix[]];
}

/** A tensor to be looked at under a scheme. */
export interface LayerTask {
  readonly entry: TensorEntry;
  /** Size in bytes of the file when its header was read. */
  readonly fileSize: number;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly scheme: string;
  /** Other work of the same worker stands still meanwhile. */
  readonly urgent?: boolean;
}

/** What does not hang on the scheme: whoever has it need not have it made again. */
export interface LayerStatistics {
  readonly profile: Profile | null;
  readonly detail: ProfileDetail | null;
  readonly findings: readonly Finding[];
}

/** A layer's view, and what is kept to answer more of it. */
export interface LayerAnswer {
  readonly view: LayerView;
  readonly statistics: LayerStatistics;
  /** Null where there are no figures of rows, or too many rows. */
  readonly rows: LayerRows | null;
}

/** Figures of each row. */
export interface LayerRows extends RowErrors {
  /** Null where the grid has no scale. */
  readonly params: RowParams | null;
  /** Whether the zero point is chosen for each segment, and not given by the grid. */
  readonly hasZeroPoint: boolean;
}
