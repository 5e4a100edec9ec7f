import type { TensorEntry } from '../../formats/tensorFile';

/** What is shown as the dtype: how the weight is stored. */
export function dtypeText({ dtype, packed }: Pick<TensorEntry, 'dtype' | 'packed'>): string {
  return packed ? packed.scheme : dtype;
}
