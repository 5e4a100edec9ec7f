import type { Finding, Model, TensorEntry } from '../formats/tensorFile';
import type { ChannelReport, ErrorReport } from '../quant/errorReport';
import type { ChannelProfile, Profile, ProfileDetail } from '../stats/profile';

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
  /** Other analyses of the same worker stand still meanwhile. */
  readonly urgent?: boolean;
}

/** What the host may ask of a worker. */
export interface WorkerRequests {
  /** Reads headers only. `path` is a tensor file or an index.json. */
  'model/open': [{ readonly path: string }, Model];
  'tensor/analyze': [AnalysisRequest, TensorAnalysis];
}
