import { type DType, dtypeInfo } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { ggmlBlocks } from './ggml';

/** How a weight is stored, in words and numbers. */
export interface StoredScheme {
  /** `GPTQ 4-bit, group 128, symmetric`, `Q4_K`, `BF16`. */
  readonly scheme: string;
  /** Of a code. */
  readonly bits: number;
  /** Weights of a row that share their parameters; null where there are none, or not along the row. */
  readonly groupSize: number | null;
  /** Bits of all its tensors for each weight. */
  readonly bitsPerWeight: number;
  /** Names of the stored tensors. */
  readonly tensors: readonly string[];
}

/** How a weight is stored, packed or plain. */
export function schemeOf({ name, dtype, packed }: TensorEntry): StoredScheme {
  if (!packed) return { ...plainScheme(dtype), scheme: dtype, tensors: [name] };
  const { scheme, groupSize, bitsPerWeight } = packed;
  const tensors = Object.values(packed.parts).map(part => part.entry.name);
  return { scheme, bits: packed.bits, groupSize, bitsPerWeight, tensors };
}

function plainScheme(dtype: DType): Pick<StoredScheme, 'bits' | 'groupSize' | 'bitsPerWeight'> {
  const { bits } = dtypeInfo(dtype);
  const blocks = ggmlBlocks(dtype);
  if (!blocks) return { bits, groupSize: null, bitsPerWeight: bits };
  // As many bits as tell all codes apart.
  const codeBits = Math.ceil(Math.log2(blocks.codes.count));
  return { bits: codeBits, groupSize: blocks.subBlockSize, bitsPerWeight: bits };
}
