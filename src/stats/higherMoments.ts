import { type Counts, finiteOrNull, type Moments, type Values } from './moments';
import type { ProfileDetail } from './profile';

/**
 * Skewness and kurtosis, in a second pass over the values. Powers are of z = (x - mean) / std, which neither overflow
 * nor vanish; what rounding left in mean and std is taken out at the end.
 */
export class HigherMoments {
  readonly #pivot: number;
  readonly #offset: number;
  readonly #std: number;
  readonly #count: number;
  /** Sums of z, z^2, z^3, z^4. */
  readonly #sums: [number, number, number, number] = [0, 0, 0, 0];

  /** @param moments of all the values that will come */
  constructor(moments: Moments) {
    this.#pivot = moments.centre.pivot;
    this.#offset = moments.centre.offset;
    this.#std = moments.std;
    this.#count = moments.finite;
  }

  /** Takes a piece; NaN and infinities are passed over. */
  add(values: Values, counts?: Counts): void {
    if (counts) this.#addCounted(values, counts);
    else this.#addOnce(values);
  }

  #addOnce(values: Values): void {
    const pivot = this.#pivot;
    const offset = this.#offset;
    const std = this.#std;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    for (let i = 0; i < values.length; i++) {
      const z = (values[i]! - pivot - offset) / std;
      if (z - z !== 0) continue;
      const square = z * z;
      s1 += z;
      s2 += square;
      s3 += square * z;
      s4 += square * square;
    }
    // A piece at a time: one long sum would lose digits.
    this.#sums[0] += s1;
    this.#sums[1] += s2;
    this.#sums[2] += s3;
    this.#sums[3] += s4;
  }

  #addCounted(values: Values, counts: Counts): void {
    for (let i = 0; i < values.length; i++) {
      const z = (values[i]! - this.#pivot - this.#offset) / this.#std;
      if (z - z !== 0) continue;
      let term = counts[i]!;
      for (let power = 0; power < 4; power++) this.#sums[power]! += term *= z;
    }
  }

  /** m3 / m2^1.5 and m4 / m2^2; null for a constant, for no values, and where the spread overflows float64. */
  get result(): Pick<ProfileDetail, 'skewness' | 'kurtosis'> {
    const count = this.#count;
    const [s1, s2, s3, s4] = this.#sums;
    const [a, b, c, d] = [s1 / count, s2 / count, s3 / count, s4 / count];
    const m2 = b - a * a;
    const m3 = c - 3 * a * b + 2 * a ** 3;
    const m4 = d - 4 * a * c + 6 * a * a * b - 3 * a ** 4;
    return { skewness: finiteOrNull(m3 / m2 ** 1.5), kurtosis: finiteOrNull(m4 / (m2 * m2)) };
  }
}
