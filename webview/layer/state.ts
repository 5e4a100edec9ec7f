import * as v from 'valibot';

const finite = v.pipe(v.number(), v.finite());
const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const windowSchema = v.object({ row: index, rows: size, col: index, cols: size });
/** Zooming in deeper than this has reached single values long before. */
const deepest = 20;

/** Sections that have a picture and the same as a table. */
export const pictureIds = ['histogram', 'curve', 'channels', 'codes', 'map'] as const;
export type PictureId = (typeof pictureIds)[number];

/** What the user chose in the layer view. Every field has a default: what an older page stored counts as not chosen. */
export const layerSchema = v.object({
  /** Pictures that are shown as tables. */
  asTable: v.optional(v.pipe(v.array(v.picklist(pictureIds)), v.readonly()), []),
  /** Counts of the values on a logarithmic axis. */
  logCount: v.optional(v.boolean(), true),
  logCodes: v.optional(v.boolean(), false),
  /** What the calibration curve searches; null: what the scheme searches itself, else the squared error. */
  curveBy: v.optional(v.nullable(v.picklist(['scheme', 'mse', 'kl'])), null),
  channelError: v.optional(v.picklist(['sqnrDb', 'mse']), 'sqnrDb'),
  mapOf: v.optional(v.picklist(['weight', 'error']), 'weight'),
  mapBy: v.optional(v.picklist(['mean', 'max']), 'mean'),
  /** Name of the tensor that the rest is about; for another one it does not count. */
  tensor: v.optional(v.nullable(v.string()), null),
  segment: v.optional(index, 0),
  /** Rows [from, to) that are looked at; null: all. */
  rows: v.optional(v.nullable(v.object({ from: index, to: index })), null),
  /** Windows of the heat map, each within the one before. */
  trail: v.optional(v.pipe(v.array(windowSchema), v.maxLength(deepest), v.readonly()), []),
  /** A range set by hand, in place of that of `scheme`; null: none. */
  range: v.optional(v.nullable(v.object({ scheme: v.string(), lo: finite, hi: finite })), null),
});

export type LayerState = v.InferOutput<typeof layerSchema>;
