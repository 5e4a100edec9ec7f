import * as v from 'valibot';

/** What the user chose in the precision view. Every field has a default: what an older page stored counts as not chosen. */
export const precisionSchema = v.object({});

export type PrecisionState = v.InferOutput<typeof precisionSchema>;
