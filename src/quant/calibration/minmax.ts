import type { StatsEngine } from '../../stats/moments';
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

/** The same by a kernel, where values are float32. Its memory may move: the values are not to be used after `add`. */
export function minmaxBy(engine: StatsEngine): Calibrator {
  const plain = minmax();
  let lo = Infinity;
  let hi = -Infinity;
  return {
    add(values, from, to) {
      if (!(values instanceof Float32Array)) return plain.add(values, from, to);
      const { min, max } = engine.stats(values.subarray(from, to), 0);
      if (min < lo) lo = min;
      if (max > hi) hi = max;
    },
    finish: () => (lo <= hi ? { range: { lo, hi }, curve: [] } : plain.finish()),
  };
}
