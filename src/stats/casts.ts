import type { Counts, Values } from './moments';
import type { Cast, CastFormat } from './profile';

/** Where a format's numbers lie: the exponent of 1 is stored as `bias`, subnormals lie below 2^(1 - bias). */
interface Layout {
  readonly mantissaBits: number;
  readonly bias: number;
  /** Largest finite value. */
  readonly max: number;
}

/** @source IEEE 754-2019 binary16; bfloat16; OCP 8-bit Floating Point Specification (OFP8) 1.0, table 1 */
const layouts: Readonly<Record<CastFormat, Layout>> = {
  fp16: { mantissaBits: 10, bias: 15, max: (2 - 2 ** -10) * 2 ** 15 },
  bf16: { mantissaBits: 7, bias: 127, max: (2 - 2 ** -7) * 2 ** 127 },
  'fp8-e4m3': { mantissaBits: 3, bias: 7, max: 1.75 * 2 ** 8 },
  'fp8-e5m2': { mantissaBits: 2, bias: 15, max: 1.75 * 2 ** 15 },
};

/** Magnitudes at which a cast changes its kind, in float64. */
interface Thresholds {
  /** From here on a value rounds beyond the largest finite one. */
  readonly overflow: number;
  /** From here on values are normal before rounding. */
  readonly normal: number;
  /** From here on they round to a normal one. */
  readonly roundsToNormal: number;
  /** Up to here a value rounds to 0. */
  readonly zero: number;
  /** Subnormals are the multiples of 1 / steps. */
  readonly steps: number;
  /** Times this and back leaves the bits of a float64 that a normal value of the format has room for. */
  readonly splitter: number;
}

function thresholdsOf({ mantissaBits, bias, max }: Layout): Thresholds {
  const normal = 2 ** (1 - bias);
  const step = normal * 2 ** -mantissaBits;
  const topExponent = Math.floor(Math.log2(max));
  const topStep = 2 ** (topExponent - mantissaBits);
  const tie = max + topStep / 2;
  // A tie goes to the even neighbour: to `max` where that is even, and then only the next float64 overflows.
  const tieStays = (max / topStep) % 2 === 0;
  return {
    overflow: tieStays ? tie + 2 ** (topExponent - 52) : tie,
    normal,
    roundsToNormal: normal - step / 2,
    zero: step / 2,
    steps: 1 / step,
    splitter: 2 ** (52 - mantissaBits) + 1,
  };
}

interface Counter {
  readonly format: CastFormat;
  readonly thresholds: Thresholds;
  overflow: number;
  underflow: number;
  subnormal: number;
  changed: number;
}

/** Counts what casts to narrower formats would do to the values. */
export class CastCounter {
  readonly #counters: readonly Counter[] = (Object.keys(layouts) as CastFormat[]).map(format => ({
    format,
    thresholds: thresholdsOf(layouts[format]),
    overflow: 0,
    underflow: 0,
    subnormal: 0,
    changed: 0,
  }));

  /** Takes values; NaN and infinities are passed over. */
  add(values: Values, counts?: Counts): void {
    for (const counter of this.#counters) count(values, counter, counts);
  }

  /** Adds what was counted of other values. @param casts of all formats, in the order of `result` */
  merge(casts: readonly Cast[]): void {
    for (const [i, counter] of this.#counters.entries()) {
      const { overflow, underflow, subnormal, changed } = casts[i]!;
      counter.overflow += overflow;
      counter.underflow += underflow;
      counter.subnormal += subnormal;
      counter.changed += changed;
    }
  }

  /** The counts so far, a format each. */
  get result(): Cast[] {
    return this.#counters.map(({ thresholds, ...cast }) => cast);
  }
}

function count(values: Values, counter: Counter, counts?: Counts): void {
  const { overflow, normal, roundsToNormal, zero, steps, splitter } = counter.thresholds;
  let beyond = 0;
  let lost = 0;
  let small = 0;
  let rounded = 0;
  for (let i = 0; i < values.length; i++) {
    const a = Math.abs(values[i]!);
    const n = counts ? counts[i]! : 1;
    if (a >= normal) {
      if (a < overflow) {
        // Dekker's splitting rounds to the bits that the format keeps, whatever the exponent.
        const scaled = a * splitter;
        if (scaled - (scaled - a) !== a) rounded += n;
      } else if (a !== Infinity) beyond += n;
    } else if (a > zero) {
      if (a < roundsToNormal) small += n;
      const code = a * steps;
      if (code !== Math.floor(code)) rounded += n;
    } else if (a > 0) lost += n;
  }
  counter.overflow += beyond;
  counter.underflow += lost;
  counter.subnormal += small;
  counter.changed += beyond + lost + rounded;
}
