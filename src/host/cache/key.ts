import { createHash } from 'node:crypto';
import type { PartsRequest } from '../parts';

/** A short name for a long text, the same for equal texts only. */
export function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Names the parts of what is known of one tensor. */
export interface PartKeys {
  readonly base: string;
  readonly casts: string;
  scheme(text: string): string;
}

/**
 * Names what was asked of a file's bytes, whichever file that is, part by part. The tensor counts with its type, shape and
 * place: a header that was read before its file was replaced finds nothing but what is right for its own layout.
 * @param others stamps of other files that the tensor is in; '' for most
 */
export function keysOf({ entry, sigma, sampleBytes }: PartsRequest, others: string): PartKeys {
  const { name, dtype, shape, data, packed } = entry;
  const { offset, byteLength, byteOrder, fortranOrder, zip } = data;
  const place = [offset, byteLength, byteOrder, fortranOrder, zip?.name, zip?.headerOffset];
  const plain = [name, dtype, shape, place, sampleBytes];
  const tensor = nameOf(JSON.stringify(packed ? [...plain, packed, others] : plain));
  const key = (part: readonly (string | number)[]) => keyOf(tensor, part);
  return {
    base: key(['base', sigma]),
    casts: key(['casts']),
    scheme: text => key(['scheme', text]),
  };
}

const partNames = new Map<string, string>();
const mostPartNames = 1000;

/** 20 digits name the tensor among those of its file, 12 the part among those of the tensor: hashed once for all tensors. */
function keyOf(tensor: string, part: readonly (string | number)[]): string {
  const text = JSON.stringify(part);
  let name = partNames.get(text);
  if (name === undefined) {
    if (partNames.size === mostPartNames) partNames.clear();
    name = nameOf(text).slice(0, 12);
    partNames.set(text, name);
  }
  return tensor.slice(0, 20) + name;
}
