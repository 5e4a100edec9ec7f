import * as v from 'valibot';
import { tensorKinds } from '../../src/base/tensorKind';

const position = v.pipe(v.number(), v.integer(), v.minValue(0));
const axis = v.optional(v.picklist(['log', 'linear']));

/** What the user chose in the overview view. Every field has a default: what an older page stored counts as not chosen. */
export const overviewSchema = v.object({
  /** What the colours of the charts tell apart. */
  colourBy: v.optional(v.picklist(['scheme', 'kind']), 'scheme'),
  hiddenKinds: v.optional(v.pipe(v.array(v.picklist(tensorKinds)), v.readonly()), []),
  /** The layers that the charts show, as positions [from, to) of the view's order; null: all. */
  zoom: v.optional(
    v.nullable(
      v.pipe(
        v.object({ from: position, to: position }),
        v.check(({ from, to }) => from < to),
      ),
    ),
    null,
  ),
  /** Axes whose kind was chosen, by chart. */
  axes: v.optional(v.object({ scale: axis, outliers: axis, sqnr: axis, mse: axis }), {}),
  /** Height of the charts as a part of that of charts and table; null: as it comes. */
  chartsShare: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))), null),
});

export type OverviewState = v.InferOutput<typeof overviewSchema>;
