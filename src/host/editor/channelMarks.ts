import { type Extent, extentOf } from '../../base/spread';
import type { ChannelSeries, LayerRows, Spread } from '../../protocol/layer';

/** Which rows, and how many marks at most. */
export interface MarkedRows {
  readonly from: number;
  readonly to: number;
  readonly marks: number;
}

/** Figures of rows reduced to marks, as the page draws them; the ends are kept within the rows. */
export function channelMarks(rows: LayerRows, asked: MarkedRows): ChannelSeries {
  const count = rows.absMax.length;
  const to = Math.min(asked.to, count);
  const from = Math.min(asked.from, to);
  const start = startsOf(from, to, asked.marks);
  const { params, absMax, sqnrDb, mse } = rows;
  const spread = (numbers: ArrayLike<number>) => spreadOf(start, row => numbers[row]!);
  const perBand = params?.rowsPerBand ?? 1;
  const ofBands = (key: 'scale' | 'zeroPoint'): Spread => {
    const { low, median, high } = params![key];
    const band = (numbers: Float32Array) =>
      spreadOf(start, row => numbers[Math.floor(row / perBand)]!);
    return { low: band(low).low, median: band(median).median, high: band(high).high };
  };
  return {
    ...{ rows: count, from, to, start },
    scale: params && ofBands('scale'),
    zeroPoint: params && rows.hasZeroPoint ? ofBands('zeroPoint') : null,
    absMax: spread(absMax),
    sqnrDb: spread(sqnrDb),
    mse: spread(mse),
  };
}

/** The first row of each mark, and behind the last one the end: no mark is empty. */
function startsOf(from: number, to: number, marks: number): Int32Array {
  const count = Math.min(marks, to - from);
  return Int32Array.from({ length: count + 1 }, (_, i) =>
    count === 0 ? from : from + Math.floor((i * (to - from)) / count),
  );
}

function spreadOf(start: Int32Array, valueAt: (row: number) => number): Spread {
  const count = start.length - 1;
  const spread = {
    low: new Float64Array(count),
    median: new Float64Array(count),
    high: new Float64Array(count),
  };
  let longest = 0;
  for (let i = 0; i < count; i++) longest = Math.max(longest, start[i + 1]! - start[i]!);
  const values = new Float64Array(longest);
  for (let i = 0; i < count; i++) {
    const [from, to] = [start[i]!, start[i + 1]!];
    for (let row = from; row < to; row++) values[row - from] = valueAt(row);
    put(spread, i, extentOf(values, to - from));
  }
  return spread;
}

function put(spread: Spread, at: number, { low, median, high }: Extent): void {
  spread.low[at] = low;
  spread.median[at] = median;
  spread.high[at] = high;
}
