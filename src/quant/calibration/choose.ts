import type { Codec, ParamRule } from '../arithmetic';
import type { Scheme } from '../scheme';
import { absMean } from './absMean';
import type { Calibrator } from './calibrator';
import { clipSearch } from './clipSearch';
import { minmax } from './minmax';
import { nvEntropy } from './nvEntropy';
import { nvMse } from './nvMse';
import { nvPercentile } from './nvPercentile';
import { ortEntropy } from './ortEntropy';
import { ortPercentile } from './ortPercentile';
import { percentile } from './percentile';
import { torchHistogram } from './torchHistogram';

/** Makes a calibrator for each segment, and says about how many bytes one holds. */
export interface Calibration {
  calibrator(): Calibrator;
  stateBytes(): number;
}

/** Bytes of a count. */
const perBin = 8;
/** A radix search keeps 2048 counts for each of two prefixes at an end of the range, and a buffer. */
const orderBytes = 4 * 2048 * perBin + 16_384;

/**
 * The calibration that a scheme names.
 * @param rule makes parameters from a range, for those that search
 * @param codec quantizes, for those that search
 */
export function calibratorOf(scheme: Scheme, rule: ParamRule, codec: Codec): Calibration {
  const { calibration: c, symmetric, grid } = scheme;
  const bits = grid.kind === 'integer' ? grid.bits : 8;
  const few = (calibrator: () => Calibrator): Calibration => ({
    calibrator,
    stateBytes: () => 128,
  });
  const binned = (bins: number, calibrator: () => Calibrator): Calibration => ({
    calibrator,
    stateBytes: () => 2 * bins * perBin,
  });
  switch (c.kind) {
    case 'absmean':
      return few(absMean);
    case 'percentile':
      return { calibrator: () => percentile(c.lo, c.hi), stateBytes: () => orderBytes };
    case 'entropy-ort':
      return binned(c.bins, () => ortEntropy(c.bins, c.levels));
    case 'entropy-nv':
      return binned(c.bins, () => nvEntropy(c.bins, 2 ** (bits - 1)));
    case 'ort-percentile':
      return binned(2048, () => ortPercentile(c.percent, symmetric));
    case 'nv-percentile':
      return binned(2048, () => nvPercentile(c.percent));
    case 'nv-mse':
      return binned(2048, () => nvMse(bits));
    // torch searches for the 256 codes of its 8-bit types, however many of them the grid uses.
    case 'torch-histogram':
      return binned(2048, () => torchHistogram(8));
    case 'mse':
      return binned(c.grid, () => clipSearch({ ...c, params: rule, codec }));
    case 'range':
      return few(() => fixedRange(c.lo, c.hi));
    default:
      return few(minmax);
  }
}

/** A range given by hand. */
function fixedRange(lo: number, hi: number): Calibrator {
  return { add: () => {}, finish: () => ({ range: { lo, hi }, curve: [] }) };
}
