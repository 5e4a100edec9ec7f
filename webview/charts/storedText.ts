import type { CodeHistogram, Distribution, ReducedMap } from '../../src/checkpoints/storedView';
import { formatCount, formatCountOf, formatFigure, formatInteger, formatPercent } from '../format';
import { extentOf } from './mapCells';

/** A distribution in a sentence, for those who cannot see its bars. */
export function describeDistribution(title: string, { count, min, mean, max }: Distribution) {
  const figures = [min, mean, max].map(x => formatFigure(x)).join(', ');
  return `Distribution of ${formatCountOf(count, 'value')} of ${title}: lowest, mean and highest ${figures}`;
}

/** Why there are no bars: nothing finite, or one value only. Null where there are. */
export function plainDistribution({ min, bins, count, nonFinite }: Distribution): string | null {
  if (min === null) return count === 0 ? 'There are none' : 'No value is finite';
  if (bins.length > 0) return null;
  const finite = count - nonFinite;
  return finite === 1 ? 'One value' : `All ${formatCount(finite)} values are the same`;
}

/** A map in a sentence. */
export function describeMap(title: string, map: ReducedMap): string {
  const [low, high] = extentOf(map) ?? [null, null];
  const size = `${formatCountOf(map.shape[0], 'row')} by ${formatCountOf(map.shape[1], 'group')}`;
  return `Map of ${title}, ${size}, from ${formatFigure(low)} to ${formatFigure(high)}`;
}

/** `15 of 16 codes are used`, and how many weights have the lowest and the highest code. */
export function describeCodes(codes: CodeHistogram): string {
  const { counts, used, available, ends, lowest, highest } = codes;
  const total = counts.reduce((a, b) => a + b, 0);
  const share = (n: number) => formatPercent(total ? n / total : 0);
  return (
    `${formatCount(used)} of ${formatCountOf(available, 'code')} used. ` +
    `Code ${formatInteger(ends[0])}, the lowest value, has ${share(lowest)} of the weights; ` +
    `code ${formatInteger(ends[1])}, the highest, has ${share(highest)}.`
  );
}
