import type { StoredView } from '../checkpoints/storedView';
import type { Comparison } from '../compare/comparison';
import type { Pairing, Part } from '../compare/pairs';
import type { EachPattern } from '../formats/patterns';
import type { RowBlock } from '../formats/rows';
import type { Finding, Model, ModelFile, TensorEntry } from '../formats/tensorFile';
import type { Range } from '../quant/arithmetic';
import type { ChannelReport, ErrorReport } from '../quant/errorReport';
import type { FormSize, SchemeTarget, SizedModel, TrainingNeed } from '../quant/modelSizes';
import type { ReporterState } from '../quant/run/reporter';
import type { Cast, ChannelProfile, Profile, ProfileDetail } from '../stats/profile';
import type { ProfilerState } from '../stats/profiler';
import type { LayerWork } from './layer';
import type { PresetView, SchemeDescription } from './schemes';
import type { StepsWork } from './steps';
import type { ValuesWork } from './values';

export type { SchemeTarget } from '../quant/modelSizes';

/** What is computed of one tensor. */
export interface TensorAnalysis {
  /** Null for complex tensors, whose figures are not defined here. */
  readonly profile: Profile | null;
  /** One report a scheme, in the order asked for; null where the scheme does not apply (integers, booleans, empty). */
  readonly reports: readonly (ErrorReport | null)[];
  /** Fraction of the elements that were read: 1 unless sampled. */
  readonly sampled: number;
  /** What a person should look at: NaN, infinities, why there are no figures. */
  readonly findings: readonly Finding[];
  /** The same of each scheme: why it is left out, values too large for it. */
  readonly schemeFindings: readonly (readonly Finding[])[];
  /** By scheme: the SQNR in dB that Gaussian weights of this shape get; null where it is not known or means nothing. */
  readonly gaussianSqnrDb: readonly (number | null)[];
  /** What casts to other formats would do, when it was asked for. */
  readonly casts?: readonly Cast[] | null;
  /** Set when it was asked for. */
  readonly detail?: ProfileDetail | null;
  /** Figures of each row, when asked for; null where there are too many rows. */
  readonly channels?: ChannelProfile | null;
  readonly channelReports?: readonly (ChannelReport | null)[];
}

/** What to compute of one tensor. */
export interface AnalysisRequest {
  readonly entry: TensorEntry;
  /** Size in bytes of the file when its header was read; another size now is an error, not a wrong figure. */
  readonly fileSize: number;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Scheme texts. */
  readonly schemes: readonly string[];
  /** Read at most about this many bytes, as evenly spaced rows; absent: all. */
  readonly sampleBytes?: number;
  /** Also quantiles, histogram, largest values and casts. */
  readonly detail?: boolean;
  /** Also the figures of each row. */
  readonly channels?: boolean;
  /** Also what casts would do. */
  readonly casts?: boolean;
  /** Other analyses of the same worker stand still meanwhile. */
  readonly urgent?: boolean;
}

/**
 * How a scheme is computed of a tensor whose rows are shared: `rows` block by block; `counts` from how often each value
 * occurs; `range` block by block, once the range of the whole tensor is known; `whole` by one worker that reads it all; `none`
 * where it does not apply.
 */
export type Way = 'rows' | 'counts' | 'range' | 'whole' | 'none';

/** How the work on one tensor is shared. */
export interface SharePlan {
  readonly blocks: readonly RowBlock[];
  /** By scheme. */
  readonly ways: readonly Way[];
  /** Whether one worker alone makes the detail: it needs several looks at all values that cannot be counted. */
  readonly isDetailWhole: boolean;
}

/** What to compute of a block of a tensor's rows. */
export interface BlockRequest {
  readonly request: AnalysisRequest;
  readonly block: RowBlock;
  /** By scheme. The first look does the statistics and `rows`, and counts when a way is `counts`. */
  readonly ways: readonly Way[];
  /** Other work of the same worker stands still meanwhile. */
  readonly urgent?: boolean;
  /** Set for the second look, at what needs to know the whole tensor: then nothing else is done. */
  readonly known?: KnownOfTensor;
}

/** What the first look at all blocks has shown. */
export interface KnownOfTensor {
  /** From the smallest to the largest value; for schemes that go by `range`. */
  readonly range: Range;
  /** Values beyond this magnitude are to be counted; null when the first look could. */
  readonly threshold: number | null;
}

/** What is known of a scheme from one block. */
export interface SchemePart {
  readonly state: ReporterState;
  readonly channels: ChannelReport | null;
}

/** What one look at a block brought. */
export interface BlockPart {
  /** Null from the second look. */
  readonly profile: ProfilerState | null;
  /** Values beyond the threshold that the second look was given. */
  readonly outliers: number;
  /** By scheme; null for those that were not due. */
  readonly schemes: readonly (SchemePart | null)[];
  readonly patterns: EachPattern | null;
  /** What casts would do to its values; null where that was not asked for, or is told from `patterns`. */
  readonly casts: readonly Cast[] | null;
  /** What was found of the weight when it was opened; the same of every block. */
  readonly notes: readonly string[];
}

/** What is known when all blocks were looked at. */
export interface ConcludeRequest {
  readonly request: AnalysisRequest;
  readonly ways: readonly Way[];
  /** In the order of the rows. */
  readonly first: readonly BlockPart[];
  /** Empty when no second look was needed. */
  readonly second: readonly BlockPart[];
  /** The analysis of what one worker did alone; null when there was nothing. */
  readonly whole: TensorAnalysis | null;
  /** Other work of the same worker stands still meanwhile. */
  readonly urgent?: boolean;
}

/** The analysis, or what a second look at all blocks has to be told first. */
export type Concluded =
  | { readonly analysis: TensorAnalysis }
  | { readonly analysis: null; readonly known: KnownOfTensor };

/** A weight that is compared, or some of its rows. */
export interface ComparedPart extends Part {
  /** Of the weight's file when its header was read. */
  readonly fileSize: number;
}

/** Which two weights to compare. */
export interface CompareRequest {
  readonly a: ComparedPart;
  readonly b: ComparedPart;
  /** Of what is compared. */
  readonly shape: readonly number[];
  /** Also heat map and histograms. */
  readonly detail?: boolean;
  /** Other work of the same worker stands still meanwhile. */
  readonly urgent?: boolean;
}

/** What is known of a model beside its weights. */
export interface ModelFacts {
  readonly files: readonly ModelFile[];
  readonly findings: readonly Finding[];
}

/** Two models, and which of their weights belong together. */
export interface PairedModels extends Pairing {
  readonly a: ModelFacts;
  readonly b: ModelFacts;
}

/** What the host may ask of a worker. */
export interface WorkerRequests extends LayerWork, ValuesWork, StepsWork {
  /** Reads a scheme's text, and says what it would make of tensors of these shapes. */
  'scheme/describe': [{ readonly text: string; readonly model: SchemeTarget }, SchemeDescription];
  /** Sizes of a model in the usual forms, and what training it takes. */
  'model/sizes': [
    SizedModel,
    { readonly forms: readonly FormSize[]; readonly training: readonly TrainingNeed[] },
  ];
  /** Every preset, in the order in which they are listed. */
  'scheme/presets': [null, readonly PresetView[]];
  /**
   * Reads headers only. `path` is a tensor file or an index.json. The model's tensors are its weights, packed or plain, or
   * with `raw` the tensors as they are stored.
   */
  'model/open': [{ readonly path: string; readonly raw?: boolean }, Model];
  /** Reads the headers of two models. `a` and `b` are paths as of `model/open`. */
  'models/pair': [{ readonly a: string; readonly b: string }, PairedModels];
  'tensor/analyze': [AnalysisRequest, TensorAnalysis];
  /** The stored scales, zero points and codes of a weight; null where it has none. */
  'tensor/stored': [
    { readonly entry: TensorEntry; readonly fileSize: number; readonly urgent?: boolean },
    StoredView | null,
  ];
  /** How far a weight is from another. */
  'tensor/compare': [CompareRequest, Comparison];
  /** How to share a request among workers, in blocks of about so many bytes; null where that is not possible or not worth it. */
  'tensor/plan': [
    { readonly request: AnalysisRequest; readonly blockBytes: number },
    SharePlan | null,
  ];
  /** A block of a tensor's rows; all of them together make an analysis by `tensor/conclude`. */
  'tensor/block': [BlockRequest, BlockPart];
  'tensor/conclude': [ConcludeRequest, Concluded];
}
