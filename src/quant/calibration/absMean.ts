import type { Calibrator } from './calibrator';

/**
 * The mean magnitude m of the finite values, as the range [-m, m].
 * @source BitNet b1.58 (arXiv 2402.17764), equation 2, without its epsilon: a mean of 0 gives the range of zeros
 */
export function absMean(): Calibrator {
  let sum = 0;
  let count = 0;
  return {
    add(values, from, to, counts) {
      // Variables that outlive the call are slow in a loop.
      let [total, found] = [sum, count];
      for (let i = from; i < to; i++) {
        const magnitude = Math.abs(values[i]!);
        if (!(magnitude < Infinity)) continue;
        const n = counts === undefined ? 1 : counts[i]!;
        total += n * magnitude;
        found += n;
      }
      [sum, count] = [total, found];
    },
    finish() {
      const mean = count === 0 ? 0 : sum / count;
      return { range: { lo: -mean, hi: mean }, curve: [] };
    },
  };
}
