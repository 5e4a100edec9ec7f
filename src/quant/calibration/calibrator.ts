import type { Counts, Values } from '../../stats/moments';
import type { QuantParams, Range } from '../arithmetic';

/** What was tried and what it cost: a threshold, a shrinking factor or an iteration, and its loss. */
export type Candidate = readonly [candidate: number, loss: number];

/** What a calibration chose. */
export interface Calibrated {
  readonly range: Range;
  /** Set where the calibration fits scale and zero point itself; else the scheme's rule makes them from the range. */
  readonly params?: QuantParams;
  /** Everything that was searched, in the order it was tried; empty where nothing is searched. */
  readonly curve: readonly Candidate[];
}

/**
 * Chooses the range of values that share their parameters. The values come in pieces, and as many times over as asked
 * for, always the same in the same order; NaN and infinities are passed over. The state held does not grow with them.
 */
export interface Calibrator {
  /**
   * Takes the values at [from, to) in the current pass.
   * @param counts indexed like `values`; not for stochastic rounding, which draws for each place of the tensor
   */
  add(values: Values, from: number, to: number, counts?: Counts): void;
  /** Ends a pass: the result, or null when the values are needed once more. Without a finite value the range is [0, 0]. */
  finish(): Calibrated | null;
}
