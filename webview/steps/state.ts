import * as v from 'valibot';

/** What the user chose in the steps view. Every field has a default: what an older page stored counts as not chosen. */
export const stepsSchema = v.object({});

export type StepsState = v.InferOutput<typeof stepsSchema>;
