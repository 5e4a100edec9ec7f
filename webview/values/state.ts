import * as v from 'valibot';

/** What the user chose in the values view. Every field has a default: what an older page stored counts as not chosen. */
export const valuesSchema = v.object({});

export type ValuesState = v.InferOutput<typeof valuesSchema>;
