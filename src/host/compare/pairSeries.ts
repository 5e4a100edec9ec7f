import type { PairFigures, PairId, PairSeries } from '../../protocol/compare';
import { emptyBand, markStarts, widen } from '../editor/series';

/** What the chart is made of, in the order of the first model. */
export interface PairSeriesSource {
  readonly names: readonly string[];
  readonly figures: (pair: PairId) => PairFigures | null;
}

/** The chart's marks: one a pair, or, where there are more pairs than marks, one a run of neighbours. */
export function buildPairSeries(
  { names, figures }: PairSeriesSource,
  most: number,
): Omit<PairSeries, 'generation'> {
  const count = names.length;
  const marks = Math.min(count, most);
  const start = markStarts(count, marks);
  const sqnrDb = emptyBand(marks);
  for (let mark = 0; mark < marks; mark++)
    for (let pair = start[mark]!; pair < start[mark + 1]!; pair++) {
      const value = figures(pair)?.sqnrDb ?? null;
      widen(sqnrDb, mark, value);
    }
  const pair = start.slice(0, marks);
  return { count, start, pair, name: Array.from(pair, id => names[id]!), sqnrDb };
}
