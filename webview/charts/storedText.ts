import * as l10n from '@vscode/l10n';
import type { CodeHistogram, Distribution, ReducedMap } from '../../src/checkpoints/storedView';
import { groupCount, rowCount, valueCount } from '../counts';
import { formatCount, formatFigure, formatInteger, formatPercent } from '../format';
import { extentOf } from './mapCells';

/** A distribution in a sentence, for those who cannot see its bars. */
export function describeDistribution(title: string, { count, min, mean, max }: Distribution) {
  const figures = [min, mean, max].map(x => formatFigure(x)).join(', ');
  const values = valueCount(count);
  return l10n.t('Distribution of {0} of {1}: lowest, mean and highest {2}', values, title, figures);
}

/** Why there are no bars: nothing finite, or one value only. Null where there are. */
export function plainDistribution({ min, bins, count, nonFinite }: Distribution): string | null {
  if (min === null) return count === 0 ? l10n.t('There are none') : l10n.t('No value is finite');
  if (bins.length > 0) return null;
  const finite = count - nonFinite;
  return finite === 1
    ? l10n.t('One value')
    : l10n.t('All {0} values are the same', formatCount(finite));
}

/** A map in a sentence. */
export function describeMap(title: string, map: ReducedMap): string {
  const [low, high] = extentOf(map) ?? [null, null];
  const [rows, groups] = map.shape;
  return l10n.t(
    'Map of {0}, {1} by {2}, from {3} to {4}',
    title,
    rowCount(rows),
    groupCount(groups),
    formatFigure(low),
    formatFigure(high),
  );
}

/** `15 of 16 codes are used`, and how many weights have the lowest and the highest code. */
export function describeCodes(codes: CodeHistogram): string {
  const { counts, used, available, ends, lowest, highest } = codes;
  const total = counts.reduce((a, b) => a + b, 0);
  const share = (n: number) => formatPercent(total ? n / total : 0);
  const sentences = [
    available === 1
      ? l10n.t('{0} of 1 code used.', formatCount(used))
      : l10n.t('{0} of {1} codes used.', formatCount(used), formatCount(available)),
    l10n.t(
      'Code {0}, the lowest value, has {1} of the weights; code {2}, the highest, has {3}.',
      formatInteger(ends[0]),
      share(lowest),
      formatInteger(ends[1]),
      share(highest),
    ),
  ];
  return sentences.join(' ');
}
