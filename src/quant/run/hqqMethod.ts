import { WeightError } from '../../base/errors';
import type { QuantParams } from '../arithmetic';
import type { Calibrated, Calibrator, Candidate } from '../calibration/calibrator';
import {
  type HqqOptions,
  type HqqValues,
  hqqErrors,
  hqqIterations,
  hqqParams,
  hqqStop,
} from '../calibration/hqq';
import type { StoreScale } from '../grids/integer';
import { integerCodec } from '../grids/integerCodec';
import { storeScale } from '../scaleStore';
import type { Scheme } from '../scheme';
import type { Looker } from './chunks';
import { methodOfParts } from './composed';
import { integerArithmeticOf } from './integerArithmetic';
import type { Method, Parts } from './method';

/**
 * HQQ: codes 0 to 2^b - 1 whether the grid says `int` or `uint`, and a real zero point. The library stops its iterations by
 * the mean error over the whole tensor: a look at all groups finds how many it makes, then each group makes them again, so
 * that nothing is kept of a group. `calib=minmax` is the start, without an iteration.
 */
export function hqqMethod(scheme: Scheme): Method {
  const { grid, granularity, calibration } = scheme;
  const bits = grid.kind === 'integer' ? grid.bits : 8;
  const store = storeScale(scheme.scale);
  const sums = new Float64Array(hqqIterations);
  let count = 0;
  let iterations = 0;

  const addUp = () =>
    gathering(values => {
      const errors = hqqErrors(values, { bits, iterations: hqqIterations });
      count += errors.count;
      for (let i = 0; i < sums.length; i++) sums[i]! += errors.sums[i]!;
      return { range: nothing, curve: [] };
    });
  const parts: Parts = {
    codec: integerCodec(integerArithmeticOf(scheme)),
    calibrator: () =>
      gathering(values => {
        const { range, ...params } = hqqParams(values, { bits, iterations });
        // Made when it is asked for: it costs as much as the parameters.
        return Object.defineProperty({ range, params, curve: [] }, 'curve', {
          get: () => curveOf(values, { bits, iterations }),
        });
      }),
    stateBytes: weights => 4 * weights,
    settle: calibrated => ({
      params: calibrated.params ? stored(calibrated.params, store) : null,
      range: calibrated.range,
      get curve() {
        return calibrated.curve;
      },
    }),
  };
  const learn = (eachSegment: (make: () => Calibrator) => Looker): Looker => {
    const looker = eachSegment(addUp);
    return {
      add: chunk => looker.add(chunk),
      finish() {
        if (!looker.finish()) return false;
        iterations = hqqStop(sums, count);
        return true;
      },
    };
  };
  return {
    ...methodOfParts(parts, { granularity, flat: false }),
    ...(calibration.kind === 'hqq' && { prepare: learn }),
  };
}

const nothing = { lo: 0, hi: 0 };

/** A scale that changes when it is stored is used as stored; the zero point stays a float32. */
function stored(params: QuantParams, store: StoreScale): QuantParams {
  const scale = store(params.scale);
  return scale === params.scale ? params : { scale, zeroPoint: params.zeroPoint };
}

/** The mean |x - x^| that each iteration starts from. */
function curveOf(values: HqqValues, options: HqqOptions): readonly Candidate[] {
  const { sums, count } = hqqErrors(values, options);
  return Array.from(sums, (sum, i) => [i, count > 0 ? sum / count : 0]);
}

/** More values than this of one segment are not held (64 MiB of float32). */
const mostHeld = 2 ** 24;

/** Why so many weights cannot share a scale; null where they can. */
export function tooManyForHqq(count: number): string | null {
  if (count <= mostHeld) return null;
  return `hqq holds the weights that share a scale, at most ${mostHeld}: use group=64 or channel`;
}

/** A calibrator that needs all finite values of a segment at once. */
function gathering(use: (values: HqqValues) => Calibrated): Calibrator {
  let held = new Float32Array(0);
  let count = 0;
  return {
    add(values, from, to) {
      if (held.length < count + to - from) {
        const grown = new Float32Array(Math.max(count + to - from, 2 * count));
        grown.set(held.subarray(0, count));
        held = grown;
      }
      for (let i = from; i < to; i++) if (Number.isFinite(values[i])) held[count++] = values[i]!;
      const problem = tooManyForHqq(count);
      if (problem !== null) throw new WeightError('over-limit', `scheme: ${problem}`);
    },
    finish: () => use({ values: held, from: 0, to: count }),
  };
}
