import * as v from 'valibot';
import { castFigures, castFormats } from '../../src/protocol/precision';

/** What the user chose in the precision view. Every field has a default: what an older page stored counts as not chosen. */
export const precisionSchema = v.object({
  format: v.optional(v.picklist(castFormats), 'fp16'),
  by: v.optional(v.picklist(['share', 'count']), 'share'),
  /** What the chart shows. */
  figure: v.optional(v.picklist(castFigures), 'changed'),
  /** What loses most in the worst way comes first. */
  sort: v.optional(v.picklist(['model', 'name', 'dtype', 'values', ...castFigures]), 'overflow'),
  descending: v.optional(v.boolean(), true),
  /** Whether the chart's axis is logarithmic. */
  log: v.optional(v.boolean(), false),
});

export type PrecisionState = v.InferOutput<typeof precisionSchema>;
