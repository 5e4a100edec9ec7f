import type { Calibrator } from './calibrator';

/** From the smallest to the largest finite value, exact. */
export function minmax(): Calibrator {
  let lo = Infinity;
  let hi = -Infinity;
  return {
    add(values, from, to) {
      for (let i = from; i < to; i++) {
        const x = values[i]!;
        if (x - x !== 0) continue;
        if (x < lo) lo = x;
        if (x > hi) hi = x;
      }
    },
    finish: () => ({ range: lo <= hi ? { lo, hi } : { lo: 0, hi: 0 }, curve: [] }),
  };
}
