import { OrderStatistics, quantile, quantileRanks } from '../../stats/orderStatistics';
import type { Calibrator } from './calibrator';

/**
 * From one percentile of the values, as float32, to another: numpy's linear interpolation in float64.
 * @param lo percent of the values below the range, of [0, 100]
 * @param hi percent of the values not above it, of [lo, 100]
 * @source numpy/numpy numpy/lib/_function_base_impl.py, percentile
 */
export function percentile(lo: number, hi: number): Calibrator {
  const below = lo / 100;
  const above = hi / 100;
  const ranksOf = (count: number) => [
    ...quantileRanks(below, count),
    ...quantileRanks(above, count),
  ];
  const statistics = new OrderStatistics(ranksOf, 'value');
  return {
    add: (values, from, to, counts) => statistics.add(values, from, to, counts),
    finish() {
      if (!statistics.finish()) return null;
      if (statistics.count === 0) return { range: { lo: 0, hi: 0 }, curve: [] };
      const range = { lo: quantile(statistics, below), hi: quantile(statistics, above) };
      return { range, curve: [] };
    },
  };
}
