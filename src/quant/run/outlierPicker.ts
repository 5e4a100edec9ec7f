import { Moments } from '../../stats/moments';
import { OrderStatistics } from '../../stats/orderStatistics';
import type { Chunk } from '../../stats/profile';
import type { Outliers } from '../scheme';
import type { Looker } from './chunks';

/** Tells which values are kept apart: element `index` of the tensor, of value x. */
export type IsKept = (x: number, index: number) => boolean;

/** Finds the values that a rule keeps apart; `isKept` holds once the picker is finished. NaN and infinities are not kept. */
export interface OutlierPicker extends Looker {
  readonly isKept: IsKept;
}

/** Makes the picker of a rule. @param cols columns of the matrix */
export function pickOutliers(outliers: Outliers, cols: number): OutlierPicker {
  switch (outliers.kind) {
    case 'abs':
      return nothingToFind(from(outliers.threshold));
    case 'sigma':
      return pickBySigma(outliers.k);
    case 'top':
      return pickTop(outliers.percent);
    case 'columns':
      return pickColumns(outliers.threshold, cols);
  }
}

const from =
  (threshold: number): IsKept =>
  x =>
    Math.abs(x) >= threshold && Math.abs(x) !== Infinity;
const beyond =
  (threshold: number): IsKept =>
  x =>
    Math.abs(x) > threshold && Math.abs(x) !== Infinity;
const none: IsKept = () => false;

function nothingToFind(isKept: IsKept): OutlierPicker {
  return { add: () => {}, finish: () => true, isKept };
}

function pickBySigma(k: number): OutlierPicker {
  const moments = new Moments();
  let isKept = none;
  return {
    add: ({ values }) => moments.add(values),
    finish() {
      if (moments.std > 0) isKept = beyond(k * moments.std);
      return true;
    },
    get isKept() {
      return isKept;
    },
  };
}

/** The k largest magnitudes lie beyond the next one; with ties at that edge they are fewer, never more. */
function pickTop(percent: number): OutlierPicker {
  const wanted = (count: number) => Math.floor((percent / 100) * count);
  const order = new OrderStatistics(
    count => (wanted(count) > 0 ? [count - 1 - wanted(count)] : []),
    'magnitude',
  );
  let isKept = none;
  return {
    add: ({ values }) => order.add(values, 0, values.length),
    finish() {
      if (!order.finish()) return false;
      const { count } = order;
      if (wanted(count) > 0) {
        const isBeyond = beyond(order.value(count - 1 - wanted(count)));
        isKept = x => isBeyond(Math.fround(x), 0);
      }
      return true;
    },
    get isKept() {
      return isKept;
    },
  };
}

function pickColumns(threshold: number, cols: number): OutlierPicker {
  const isOutlier = from(threshold);
  const marked = new Uint8Array(cols);
  return {
    add({ values, index }: Chunk) {
      for (let i = 0; i < values.length; i++)
        if (isOutlier(values[i]!, 0)) marked[(index + i) % cols] = 1;
    },
    finish: () => true,
    isKept: (x, index) => marked[index % cols] === 1 && x - x === 0,
  };
}
