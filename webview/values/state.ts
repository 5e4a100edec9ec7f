import * as v from 'valibot';

/** What the cells show. */
export const valueModes = ['original', 'code', 'dequantized', 'error'] as const;
export type ValueMode = (typeof valueModes)[number];

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = v.pipe(v.number(), v.finite(), v.minValue(0));

/** What the user chose in the values view. Every field has a default: what an older page stored counts as not chosen. */
export const valuesSchema = v.object({
  mode: v.optional(v.picklist(valueModes), 'original'),
  /** Name of the tensor that the axes were chosen for. */
  tensor: v.optional(v.nullable(v.string()), null),
  rowAxis: v.optional(whole, 0),
  /** `rest`: all other axes, flattened: the matrix that schemes see. */
  colAxis: v.optional(v.union([whole, v.literal('rest')]), 'rest'),
  /** By axis: the index of those that are neither. */
  fixed: v.optional(v.pipe(v.array(whole), v.maxLength(64), v.readonly()), []),
  /** The selected element, in rows and columns of the axes; of a vector, `col` alone. */
  row: v.optional(whole, 0),
  col: v.optional(whole, 0),
  /** Where the grid is scrolled to, in rows and columns. */
  top: v.optional(place, 0),
  left: v.optional(place, 0),
  /** What was selected when it was scrolled to there. */
  seenRow: v.optional(v.nullable(whole), null),
  seenCol: v.optional(v.nullable(whole), null),
  /** A value typed by hand, whose bits are shown; null: the selected one's. */
  typed: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(100))), null),
});

export type ValuesState = v.InferOutput<typeof valuesSchema>;
