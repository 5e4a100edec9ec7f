import * as v from 'valibot';

/** What the user chose in the overview view. Every field has a default: what an older page stored counts as not chosen. */
export const overviewSchema = v.object({});

export type OverviewState = v.InferOutput<typeof overviewSchema>;
