import type { Calibrator } from './calibrator';

/**
 * The mean magnitude m of the finite values, as the range [-m, m].
 * @source BitNet b1.58 (arXiv 2402.17764), equation 2, without its epsilon: a mean of 0 gives the range of zeros
 */
export function absMean(): Calibrator {
  let sum = 0;
  let count = 0;
  return {
    add(values, from, to) {
      for (let i = from; i < to; i++) {
        const magnitude = Math.abs(values[i]!);
        if (!(magnitude < Infinity)) continue;
        sum += magnitude;
        count++;
      }
    },
    finish() {
      const mean = count === 0 ? 0 : sum / count;
      return { range: { lo: -mean, hi: mean }, curve: [] };
    },
  };
}
