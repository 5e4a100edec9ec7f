import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { Decode } from '../formats/decode';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import type { StoredBlocks } from '../quant/blockFormat';
import { ggmlStored } from '../quant/ggml/types';

/** ggml's block types by the dtype that `formats` has for them: their name in capitals. */
const byDType = new Map<string, StoredBlocks>(ggmlStored.map(t => [t.name.toUpperCase(), t]));

/** The blocks that a dtype stands for; undefined where it is none of ggml's. */
export function ggmlBlocks(dtype: DType): StoredBlocks | undefined {
  return byDType.get(dtype);
}

/**
 * Decodes whole little-endian blocks of a dtype, bit for bit as ggml's `to_float` does; undefined where it is none of
 * ggml's.
 */
export function ggmlDecoder(dtype: DType): Decode | undefined {
  const blocks = ggmlBlocks(dtype);
  if (!blocks) return undefined;
  const { blockSize, bytesPerBlock } = blocks;
  return (bytes, _firstBit, out) => {
    if (!(out instanceof Float32Array)) throw new TypeError(`${dtype} decodes to float32`);
    blocks.dequantize(bytes.subarray(0, (out.length / blockSize) * bytesPerBlock), out);
  };
}

/** How the elements of a tensor are decoded where `formats` does not know it: ggml's blocks. */
export function storedDecoder({ name, dtype, data }: TensorEntry): Decode | undefined {
  const decode = ggmlDecoder(dtype);
  if (!decode || data.byteOrder === 'little') return decode;
  return () => {
    throw new WeightError(
      'unsupported',
      `tensor ${quote(name)} holds big-endian blocks (${dtype}), which are not decoded`,
      { tensor: name },
    );
  };
}
