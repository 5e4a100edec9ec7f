import type { Codec, ParamRule } from '../arithmetic';
import type { Calibrated, Calibrator } from '../calibration/calibrator';
import { calibratorOf } from '../calibration/choose';
import { castCodec } from '../grids/castCodec';
import {
  type CodeRange,
  type IntegerGrid,
  integerRule,
  type StoreScale,
  zeroPointFor,
} from '../grids/integer';
import { integerCodec } from '../grids/integerCodec';
import { levelCodec } from '../grids/levelCodec';
import { type LevelGrid, levelGridOf } from '../grids/levelGrids';
import { storeScale } from '../scaleStore';
import type { Scheme } from '../scheme';
import { runtimeOf } from '../schemeRules';
import { integerArithmeticOf } from './integerArithmetic';
import type { Method, Parts, Settled } from './method';

/** The codec of a scheme, and the rule that makes its parameters from a range. */
interface Arithmetic {
  readonly codec: Codec;
  readonly rule: ParamRule;
}

/** A scheme put together from a grid, a granularity and a calibration. */
export function composed(scheme: Scheme): Method {
  const parts = partsOf(scheme);
  const { runtime, grid, granularity } = scheme;
  return methodOfParts(parts, {
    granularity: grid.kind === 'cast' ? { kind: 'tensor' } : granularity,
    flat: runtime === 'bitsandbytes' && granularity.kind === 'group',
  });
}

/** Calibrates a segment and quantizes it. */
export function methodOfParts(parts: Parts, how: Pick<Method, 'granularity' | 'flat'>): Method {
  return {
    ...how,
    codes: parts.codec.codes,
    parts,
    quantize(stretch, out, onSettled) {
      const settled = parts.settle(calibrate(parts.calibrator(), stretch));
      const { params } = settled;
      parts.codec.quantize(stretch, params ?? noParams, out);
      out.scales.fill(params?.scale ?? Number.NaN, stretch.from, stretch.to);
      onSettled(stretch.index, settled);
    },
  };
}

const noParams = { scale: 1, zeroPoint: 0 };

/** Shows the values to a calibrator as often as it asks for them. */
export function calibrate(
  calibrator: Calibrator,
  { values, from, to }: { values: Float32Array | Float64Array; from: number; to: number },
): Calibrated {
  for (;;) {
    calibrator.add(values, from, to);
    const calibrated = calibrator.finish();
    if (calibrated) return calibrated;
  }
}

function partsOf(scheme: Scheme): Parts {
  const { grid } = scheme;
  if (grid.kind === 'cast') return castParts(grid.name);
  if (grid.kind === 'format') throw new TypeError(`${grid.name} is not put together from parts`);
  const { codec, rule } =
    grid.kind === 'integer'
      ? integerArithmetic(scheme, { ...scheme, ...grid })
      : levelArithmetic(scheme, levelGridOf(grid));
  return {
    codec,
    ...calibratorOf(scheme, rule, codec),
    settle: (calibrated): Settled => ({
      params: calibrated.params ?? rule(calibrated.range),
      range: calibrated.range,
      // Some curves are made when they are asked for.
      get curve() {
        return calibrated.curve;
      },
    }),
  };
}

function castParts(name: 'fp16' | 'bf16'): Parts {
  const nothing: Calibrated = { range: { lo: 0, hi: 0 }, curve: [] };
  return {
    codec: castCodec(name),
    calibrator: () => ({ add: () => {}, finish: () => nothing }),
    stateBytes: () => 64,
    settle: () => ({ params: null, range: null, curve: [] }),
  };
}

function integerArithmetic(scheme: Scheme, grid: IntegerGrid): Arithmetic {
  const { calibration } = scheme;
  const store = storeScale(scheme.scale);
  const fixed = calibration.kind === 'scale' ? calibration.scale : undefined;
  const runtime = runtimeOf(scheme.runtime);
  const arithmetic = integerArithmeticOf(scheme);
  const codec = integerCodec(arithmetic);
  if (!runtime) return { codec, rule: integerRule(grid, store, fixed) };
  const { qmin, qmax } = arithmetic;
  return { codec, rule: restored(runtime.paramRule(grid), { grid, qmin, qmax, store, fixed }) };
}

/**
 * A runtime's rule, its scale given by hand or stored as another type. The zero point is then made for the scale that is
 * used, over the range widened to hold 0.
 */
function restored(
  rule: ParamRule,
  how: CodeRange & { grid: IntegerGrid; store: StoreScale; fixed: number | undefined },
): ParamRule {
  const { grid, qmin, qmax, store, fixed } = how;
  return range => {
    const params = rule(range);
    const scale = store(fixed ?? params.scale);
    if (scale === params.scale) return params;
    const zeroPoint = grid.symmetric
      ? params.zeroPoint
      : zeroPointFor(Math.min(range.lo, 0), scale, { qmin, qmax });
    return { scale, zeroPoint };
  };
}

function levelArithmetic(scheme: Scheme, grid: LevelGrid): Arithmetic {
  const { rounding, scale, calibration } = scheme;
  const store = storeScale(scale);
  const fixed = calibration.kind === 'scale' ? calibration.scale : undefined;
  const largest = Math.max(...grid.levels.map(Math.abs));
  // A grid without 0 can only give zeros back by a scale of 0.
  const ofZeros = grid.levels.includes(0) ? 1 : 0;
  const divided = levelCodec({ ...grid, rounding, division: 'divide' });
  return {
    codec: scheme.runtime === 'bitsandbytes' ? bnbCodec(scheme, grid) : divided,
    rule: ({ lo, hi }) => {
      const absMax = Math.max(Math.abs(lo), Math.abs(hi));
      const scale = absMax === 0 ? ofZeros : absMax / largest;
      return {
        scale: fixed === undefined && scale === 0 ? 0 : store(fixed ?? scale),
        zeroPoint: 0,
      };
    },
  };
}

/**
 * bitsandbytes multiplies by the reciprocal of the absmax, but divides in the last block of a tensor when that is short.
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/backends/default/ops.py, quantize_4bit
 */
function bnbCodec({ rounding, granularity }: Scheme, grid: LevelGrid): Codec {
  const whole = levelCodec({ ...grid, rounding, division: 'reciprocal' });
  const short = levelCodec({ ...grid, rounding, division: 'divide' });
  const size = granularity.kind === 'group' ? granularity.size : 0;
  return {
    codes: whole.codes,
    quantize: (stretch, params, out) =>
      (stretch.to - stretch.from < size ? short : whole).quantize(stretch, params, out),
  };
}
