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
    add: ({ values, counts }) => moments.add(values, counts),
    finish() {
      if (moments.std > 0) isKept = beyond(k * moments.std);
      return true;
    },
    get isKept() {
      return isKept;
    },
  };
}

/**
 * The k largest magnitudes, k = floor(P / 100 * count). Of equal ones at the edge those of higher index are kept, as a stable
 * sort would have them; finding where these begin takes one more look.
 */
function pickTop(percent: number): OutlierPicker {
  const wanted = (count: number) => Math.floor((percent / 100) * count);
  const order = new OrderStatistics(
    count => (wanted(count) > 0 ? [count - wanted(count)] : []),
    'magnitude',
  );
  let edge = Infinity;
  /** Equal values still to be passed over, and the index from which on they are kept. */
  let passedOver = -1;
  let keptFrom = 0;
  return {
    add({ values, index }) {
      if (passedOver < 0) order.add(values, 0, values.length);
      else
        for (let i = 0; i < values.length && passedOver > 0; i++)
          if (magnitude(values[i]!) === edge && --passedOver === 0) keptFrom = index + i + 1;
    },
    finish() {
      if (passedOver === 0) return true;
      if (!order.finish()) return false;
      const k = wanted(order.count);
      if (k === 0) return true;
      edge = order.value(order.count - k);
      passedOver = order.equalsBefore(order.count - k);
      return passedOver === 0;
    },
    isKept: (x, index) => {
      const a = magnitude(x);
      return a === edge ? a !== Infinity && index >= keptFrom : a > edge && a !== Infinity;
    },
  };
}

/** |x| as float32: what the order is by. */
const magnitude = (x: number) => Math.fround(Math.abs(x));

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
