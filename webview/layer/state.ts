import * as v from 'valibot';

/** What the user chose in the layer view. Every field has a default: what an older page stored counts as not chosen. */
export const layerSchema = v.object({});

export type LayerState = v.InferOutput<typeof layerSchema>;
