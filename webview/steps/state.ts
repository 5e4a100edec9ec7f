import * as v from 'valibot';
import { exampleIds } from '../../src/protocol/steps';

const place = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What can be watched: values of the selected tensor, values typed by hand, or an example. */
export const sources = ['tensor', 'typed', ...exampleIds] as const;
export type Source = (typeof sources)[number];

/** What the user chose in the steps view. Every field has a default: what an older page stored counts as not chosen. */
export const stepsSchema = v.object({
  source: v.optional(v.picklist(sources), 'tensor'),
  /** The values typed, as they were typed. */
  text: v.optional(v.pipe(v.string(), v.maxLength(2000)), '3, 1, 2, 3'),
  row: v.optional(place, 0),
  col: v.optional(place, 0),
  /** Whose range the rulers are laid over. */
  rulerOf: v.optional(v.picklist(['shown', 'tensor']), 'shown'),
  rulerAsTable: v.optional(v.boolean(), false),
  curveAsTable: v.optional(v.boolean(), false),
});

export type StepsState = v.InferOutput<typeof stepsSchema>;
