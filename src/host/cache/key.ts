import { createHash } from 'node:crypto';
import type { AnalysisRequest } from '../../protocol/worker';

/** A short name for a long text, the same for equal texts only. */
export function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * Names what was asked of a file's bytes, whichever file that is. The tensor counts with its type, shape and place: a
 * header that was read before its file was replaced finds nothing but what is right for its own layout.
 * @param others stamps of other files that the tensor is in; '' for most
 */
export function keyOf(
  { entry, sigma, schemes, sampleBytes, detail, channels }: AnalysisRequest,
  others: string,
): string {
  const { name, dtype, shape, data, packed } = entry;
  const { offset, byteLength, byteOrder, fortranOrder, zip } = data;
  const place = [offset, byteLength, byteOrder, fortranOrder, zip?.name, zip?.headerOffset];
  const wanted = [sigma, schemes, sampleBytes, detail === true, channels === true];
  const plain = [name, dtype, shape, place, wanted];
  return nameOf(JSON.stringify(packed ? [...plain, packed, others] : plain));
}
