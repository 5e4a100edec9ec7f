import fc from 'fast-check';
import type { Counts, Values } from '../../../src/stats/moments';

/** Distinct values, and how often each occurs. */
export interface Repeated {
  readonly values: Values;
  readonly counts: Counts;
}

/** Every value as often as it occurs, equal ones side by side. */
export function expanded({ values, counts }: Repeated): Values {
  const all = Array.from(values).flatMap((x, i) => new Array<number>(counts[i]!).fill(x));
  return values instanceof Float64Array ? Float64Array.from(all) : Float32Array.from(all);
}

/** Weights of usual sizes and of others, zeros of either sign, and what is not finite. */
const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -20, max: 20 }).map(k => k / 8) },
  { weight: 1, arbitrary: fc.float({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 2 ** -149) },
);

const entries = fc.uniqueArray(fc.tuple(weight, fc.integer({ min: 1, max: 40 })), {
  selector: ([x]) => x,
  comparator: Object.is,
  minLength: 1,
  maxLength: 60,
});

/** Distinct values of float32 or float64, as often as 40 times each. */
export const repeated: fc.Arbitrary<Repeated> = fc
  .tuple(entries, fc.boolean())
  .map(([pairs, wide]) => {
    const values = pairs.map(([x]) => x);
    return {
      values: wide ? Float64Array.from(values, x => x * (1 + 2 ** -40)) : Float32Array.from(values),
      counts: Float64Array.from(pairs, ([, n]) => n),
    };
  });
