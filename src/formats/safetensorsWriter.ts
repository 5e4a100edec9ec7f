import { WeightError } from '../base/errors';
import { maxSafetensorsHeader } from '../base/limits';
import { type DType, dtypeInfo } from './dtype';

/** A tensor of a file that is to be written. */
export interface NewTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Where everything goes in a safetensors file. */
export interface SafetensorsLayout {
  /** The file's first bytes: length and JSON. */
  readonly header: Uint8Array;
  /** Absolute byte offset of each tensor's data, by name. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Of the whole file. */
  readonly byteLength: number;
}

/**
 * Lays a safetensors file out. The data begins at a multiple of 8, and larger elements come before smaller ones (else in
 * the order given), so that every tensor's address is a multiple of its element: readers map the file.
 * @param tensors of whole bytes, each name once; none called `__metadata__`
 * @throws WeightError 'over-limit' for a header that no reader would take
 * @source huggingface/safetensors safetensors/src/tensor.rs, prepare
 */
export function safetensorsLayout(
  tensors: readonly NewTensor[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const inOrder = tensors.toSorted((a, b) => dtypeInfo(b.dtype).bits - dtypeInfo(a.dtype).bits);
  let byteLength = 0;
  const placed = inOrder.map(({ name, dtype, shape }) => {
    const begin = byteLength;
    byteLength += byteLengthOf({ dtype, shape });
    return { name, dtype, shape, data_offsets: [begin, byteLength] as const };
  });
  const fields = placed.map(
    ({ name, ...info }) => `${JSON.stringify(name)}:${JSON.stringify(info)}`,
  );
  const hasMetadata = Object.keys(metadata).length > 0;
  if (hasMetadata) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const header = headerOf(`{${fields.join()}}`);
  return {
    header,
    offsets: new Map(placed.map(t => [t.name, header.length + t.data_offsets[0]])),
    byteLength: header.length + byteLength,
  };
}

function byteLengthOf({ dtype, shape }: Omit<NewTensor, 'name'>): number {
  return (shape.reduce((a, b) => a * b, 1) * dtypeInfo(dtype).bits) / 8;
}

/** The length as a u64, then the JSON, with spaces behind it up to a multiple of 8. */
function headerOf(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > maxSafetensorsHeader)
    throw new WeightError(
      'over-limit',
      `safetensors: the header would have ${length} bytes, over the limit of ${maxSafetensorsHeader}`,
      { format: 'safetensors', expected: maxSafetensorsHeader, actual: length },
    );
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
