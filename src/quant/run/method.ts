import type { Codec, Codes, Quantized, QuantParams, Range, Stretch } from '../arithmetic';
import type { Calibrated, Calibrator, Candidate } from '../calibration/calibrator';
import type { Granularity, Scheme } from '../scheme';
import type { Looker } from './chunks';
import { composed } from './composed';
import { formatMethod } from './formatMethod';
import { hqqMethod } from './hqqMethod';

/** What was found for the weights that share parameters. */
export interface Settled {
  /** Null where a grid has no scale. */
  readonly params: QuantParams | null;
  /** The range that the grid was laid over; null where the format does not say. */
  readonly range: Range | null;
  readonly curve: readonly Candidate[];
}

/** Tells what was found for the segment that begins at element `index`. */
export type OnSettled = (index: number, settled: Settled) => void;

/** What quantizing writes, with the scale of each value. */
export interface Output extends Quantized {
  readonly scales: Float32Array;
}

/** How a scheme quantizes one tensor. It may hold what it has learned of the tensor: one is made for each run. */
export interface Method {
  readonly codes: Codes;
  /** Which weights share parameters. */
  readonly granularity: Granularity;
  /** Groups are counted through the flat tensor, without regard to rows. */
  readonly flat: boolean;
  /** Weights that are quantized together at the least, when that is more than share parameters (a super-block). */
  readonly span?: number;
  /** Weights of a span that hang together, where these are fewer than all of it. */
  readonly unit?: number;
  /**
   * What has to be learned of the whole tensor first.
   * @param eachSegment makes a looker that gives every segment's values to a calibrator of its own
   */
  prepare?(eachSegment: (make: () => Calibrator) => Looker): Looker;
  /** Quantizes values, all at hand, that share parameters (or a whole span). */
  quantize(stretch: Stretch, out: Output, onSettled: OnSettled): void;
  /** How segments are handled whose values cannot be held together; absent where the format never needs that. */
  readonly parts?: Parts;
}

/** Calibrating and quantizing apart. */
export interface Parts {
  readonly codec: Codec;
  calibrator(): Calibrator;
  /** Bytes that a calibrator holds, about, for a segment of so many weights. */
  stateBytes(weights: number): number;
  settle(calibrated: Calibrated): Settled;
}

/** The method of a scheme. */
export function methodOf(scheme: Scheme): Method {
  if (scheme.grid.kind === 'format') return formatMethod(scheme.grid.name);
  return scheme.runtime === 'hqq' ? hqqMethod(scheme) : composed(scheme);
}
