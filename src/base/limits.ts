import { WeightError } from './errors';

/** Largest safetensors header the reference implementation accepts (safetensors/src/tensor.rs, MAX_HEADER_SIZE). */
export const maxSafetensorsHeader = 100_000_000;
/** numpy refuses longer headers unless told to trust the file (numpy/lib/_format_impl.py, _MAX_HEADER_SIZE). */
export const maxNpyHeader = 10_000;
/** An index.json names at most some 100 bytes a tensor; 64 MiB is over half a million tensors. */
export const maxIndexJson = 64 * 2 ** 20;
/** numpy's own limit on dimensions is 64; nothing else needs more. */
export const maxRank = 64;
/** A member takes 46 bytes and its name in a zip's central directory: room for over half a million of them. */
export const maxZipDirectory = 64 * 2 ** 20;
/** Members of a .npz; a model of more tensors is not kept as one zip, a hostile file is. */
export const maxZipMembers = 100_000;
/** A compressed member up to this size is inflated into memory, a larger one into a scratch file. */
export const maxInflatedInMemory = 64 * 2 ** 20;
/** Largest compressed member that is inflated: it must fit on the disk that holds the scratch file. */
export const maxInflatedMember = 64 * 2 ** 30;
/** A vocabulary of a million tokens takes some 40 MB of a GGUF header; arrays of numbers are stepped over. */
export const maxGgufHeader = 256 * 2 ** 20;
/** Tensors, and metadata values, of a GGUF file: as many as of a .npz, and room for a model of thousands of experts. */
export const maxGgufItems = 500_000;
/** Bytes of tensor data that one stream holds at a time (file bytes; the widened rows take up to 8 times it for F8). */
export const chunkBytes = 2 ** 20;

/**
 * The product of a shape's dimensions, left to right.
 * @throws WeightError 'malformed' when a dimension is not a non-negative integer or the product passes 2^53 - 1
 */
export function elementCount(shape: readonly number[], format: string, tensor: string): number {
  let count = 1;
  for (const d of shape) {
    if (!Number.isSafeInteger(d) || d < 0)
      throw new WeightError(
        'malformed',
        `${format}: tensor ${quote(tensor)} has dimension ${d}, expected a non-negative integer`,
        { format, tensor, actual: String(d) },
      );
    count = checkedProduct(count, d, format, tensor);
  }
  return count;
}

function checkedProduct(a: number, b: number, format: string, tensor: string): number {
  const product = a * b;
  if (!Number.isSafeInteger(product))
    throw new WeightError(
      'malformed',
      `${format}: the element count of tensor ${quote(tensor)} overflows`,
      { format, tensor },
    );
  return product;
}

/** A name from a file, quoted for a message: JSON's escapes, cut when very long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
