import { isCountable } from '../formats/patterns';
import type { RowStream } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type { Range } from '../quant/arithmetic';
import { lookAtCounts } from '../quant/run/chunks';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Calibration, Scheme } from '../quant/scheme';
import type { Profile } from '../stats/profile';
import { countingOf } from './analysis';
import type { RowWork } from './desk';
import { lookAtAll } from './looks';

/** Calibrations whose parameters the scheme's rule makes of the range that they choose. */
const choosingRanges: ReadonlySet<Calibration['kind']> = new Set([
  ...(['absmean', 'percentile', 'entropy-ort', 'entropy-nv', 'mse', 'torch-histogram'] as const),
  ...(['ort-percentile', 'nv-percentile', 'nv-mse'] as const),
]);

/** A tensor, its scheme, and what is known of it. */
export interface ToCalibrate {
  readonly entry: TensorEntry;
  readonly scheme: Scheme;
  readonly profile: Profile;
}

/**
 * The scheme with the range that its calibration chooses, where one range is the whole tensor's and can be had for less than a
 * look at all values in order: from the statistics, or from how often each value occurs. Else the scheme as it is.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function calibratedOnce(
  stream: RowStream,
  { entry, scheme, profile }: ToCalibrate,
  work: Pick<RowWork, 'signal' | 'memory' | 'afterTile'>,
): Promise<Scheme> {
  const { calibration, outliers, granularity } = scheme;
  if (granularity.kind !== 'tensor' || scheme.grid.kind === 'cast') return scheme;
  if (calibration.kind === 'minmax' && outliers === null && scheme.runtime !== 'hqq') {
    const { min, max } = profile;
    return withRange(scheme, min === null || max === null ? nothing : { lo: min, hi: max });
  }
  if (!choosingRanges.has(calibration.kind) || !isCountable(entry)) return scheme;
  const run = new SchemeRun(scheme, stream.matrix, false);
  let range: Range | null = null;
  // Totals are refused by it who has none: told of them, the run is orderless, and what it settles is all that is wanted.
  run.listen({ totals: () => {}, settled: (_, settled) => (range = settled.range) });
  if (!run.isOrderless) return scheme;
  const { signal, afterTile } = work;
  const counting = countingOf(entry, work.memory);
  await lookAtAll(stream, [], { signal, afterTile, counting });
  lookAtCounts(run, counting.counted());
  return range === null ? scheme : withRange(scheme, range);
}

const nothing: Range = { lo: 0, hi: 0 };

function withRange(scheme: Scheme, range: Range): Scheme {
  return { ...scheme, calibration: { kind: 'range', ...range } };
}
