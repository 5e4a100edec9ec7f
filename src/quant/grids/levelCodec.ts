import type { Codec, Quantized, QuantParams, Stretch } from '../arithmetic';
import { noiseOf } from '../rounding';
import { findLevel, type LevelRounding, type LevelSearch, levelSearch } from './levelSearch';

/** What a codec of levels computes, all in float32. */
export interface LevelArithmetic extends LevelRounding {
  /** v = x / s, or v = x * (1 / s) with the reciprocal rounded first. */
  readonly division: 'divide' | 'reciprocal';
}

/**
 * The codec of a list of levels: the level found for v, x^ = level * s rounded once. The zero point is not used.
 * Values beyond the ends saturate; clipped are those that would be rounded to a level as far behind the last one as
 * its neighbour lies before it. A NaN, and 0 / 0, is taken for 0.
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/backends/default/ops.py, quantize_4bit: float32 midpoints,
 * a tie to the lower level
 */
export function levelCodec(arithmetic: LevelArithmetic): Codec {
  const search = levelSearch(arithmetic);
  const first = search.codes.reduce((a, b) => Math.min(a, b));
  const last = search.codes.reduce((a, b) => Math.max(a, b));
  return {
    codes: { first, count: last - first + 1, available: arithmetic.levels.length },
    quantize: (stretch, params, out) => quantize(stretch, params, { arithmetic, search }, out),
  };
}

function quantize(
  { values, from, to, index, stride }: Stretch,
  { scale }: QuantParams,
  { arithmetic, search }: { arithmetic: LevelArithmetic; search: LevelSearch },
  { codes, results, clipped }: Quantized,
): void {
  const { levels, codes: levelCodes } = search;
  const { rounding, division } = arithmetic;
  const noise = rounding.kind === 'stochastic' ? noiseOf(rounding.seed) : undefined;
  const isReciprocal = division === 'reciprocal';
  const inverse = Math.fround(1 / scale);
  const outside = levels.length - 1;
  const placeOfNaN = Math.min(Math.max(findLevel(search, 0), 1), outside - 1);
  const placeOfMinusZero = arithmetic.tie === 'even' ? levels.findIndex(l => Object.is(l, -0)) : -1;
  for (let i = from; i < to; i++) {
    const x = Math.fround(values[i]!);
    const v = Math.fround(isReciprocal ? x * inverse : x / scale);
    let place = placeOfNaN;
    if (!Number.isNaN(v)) {
      place = findLevel(search, v);
      // A cast keeps the sign of -0, which is not told from 0 by comparing.
      if (v === 0 && placeOfMinusZero >= 0 && Object.is(v, -0)) place = placeOfMinusZero;
      if (noise && goesUp(search.places, place, v, noise(index + (i - from) * stride))) place++;
    }
    codes[i] = levelCodes[place]!;
    results[i] = levels[place]! * scale;
    clipped[i] = place === 0 || place === outside ? 1 : 0;
  }
}

/** Whether chance takes v from the place at or below it to the next: as often as v lies nearer to that one. */
function goesUp(places: Float64Array, place: number, v: number, chance: number): boolean {
  if (place + 1 === places.length) return false;
  const below = places[place]!;
  return chance < (v - below) / (places[place + 1]! - below);
}
