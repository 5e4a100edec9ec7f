/** A tensor of a GGUF file; its data starts at byte `offset` of the file. */
export interface GgufTensor {
  /** Sizes, the innermost first. */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
  readonly offset: number;
}

/** Bytes of the metadata types that have a fixed size, by number; 8 is a string and 9 an array. */
const valueSizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const alignment = 32;

/**
 * Where the tensors of a GGUF file are, by name. For test files that are known to be right: nothing is checked but magic
 * and version, and the alignment is the default.
 * @source ggml-org/ggml docs/gguf.md
 */
export function ggufTensors(bytes: Uint8Array): Map<string, GgufTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  /** Steps over some bytes; tells where they start. */
  const take = (byteLength: number): number => {
    at += byteLength;
    return at - byteLength;
  };
  const u32 = () => view.getUint32(take(4), true);
  const u64 = () => Number(view.getBigUint64(take(8), true));
  const text = () => {
    const length = u64();
    const start = take(length);
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  };
  const skipValue = (type: number): void => {
    if (type === 8) text();
    else if (type === 9) {
      const itemType = u32();
      for (let left = u64(); left > 0; left--) skipValue(itemType);
    } else take(valueSizes[type]!);
  };
  const magic = u32();
  const version = u32();
  if (magic !== 0x46554747 || version !== 3) throw new Error('not GGUF version 3');
  const tensorCount = u64();
  for (let left = u64(); left > 0; left--) {
    text();
    skipValue(u32());
  }
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = text();
    const shape = Array.from({ length: u32() }, u64);
    return [name, { shape, type: u32(), offset: u64() }] as const;
  });
  const start = Math.ceil(at / alignment) * alignment;
  return new Map(tensors.map(([name, t]) => [name, { ...t, offset: start + t.offset }]));
}
