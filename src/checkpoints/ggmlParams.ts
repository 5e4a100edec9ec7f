import { type ByteSource, readBytes } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import type { StoredBlocks } from '../quant/blockFormat';
import type { Decoder, StoredParams } from './layout';

/** Blocks that are looked at together. */
const blocksAtOnce = 4096;
/** Scales that are held at most: a quarter of a gigabyte. */
const mostScales = 2 ** 26;

/**
 * The decoder of a tensor of ggml's blocks, for what is stored: its scales and minimums are those of the sub-blocks, beside
 * them those of the super-blocks.
 * @param source offset 0 is the tensor's first byte
 * @throws WeightError 'over-limit' where there are too many scales to hold
 */
export async function ggmlParams(
  source: ByteSource,
  entry: TensorEntry,
  { blocks, signal }: { readonly blocks: StoredBlocks; readonly signal?: AbortSignal | undefined },
): Promise<Decoder> {
  const inner = entry.shape.at(-1) ?? 1;
  const rowBytes = (inner / blocks.blockSize) * blocks.bytesPerBlock;
  const read = (row: number, rows: number) =>
    readBytes(source, row * rowBytes, rows * rowBytes, signal);
  return {
    codes: blocks.codes,
    params: await paramsOf(source, entry, { blocks, signal }),
    async codesOf({ row, rows }, out) {
      blocks.codesOf(await read(row, rows), out);
    },
    dequantize() {
      throw new TypeError('ggml blocks are decoded as they stream');
    },
  };
}

async function paramsOf(
  source: ByteSource,
  { name, count, shape }: TensorEntry,
  { blocks, signal }: { readonly blocks: StoredBlocks; readonly signal?: AbortSignal | undefined },
): Promise<StoredParams> {
  const { blockSize, subBlockSize, bytesPerBlock, asymmetric, superOf } = blocks;
  const perBlock = blockSize / subBlockSize;
  const total = count / blockSize;
  if (total * perBlock > mostScales)
    throw new WeightError(
      'over-limit',
      `tensor ${quote(name)} has ${total * perBlock} scales, over the limit of ${mostScales} that are shown`,
      { tensor: name, expected: mostScales, actual: total * perBlock },
    );
  const scale = new Float32Array(total * perBlock);
  const zeroPoint = new Float32Array(total * perBlock);
  const bias = new Float32Array(blocks.biasOf ? total * perBlock : 0);
  const superScale = new Float32Array(superOf ? total : 0);
  const superMin = new Float32Array(superOf ? total : 0);
  for (let block = 0; block < total; block += blocksAtOnce) {
    const some = Math.min(blocksAtOnce, total - block);
    const bytes = await readBytes(source, block * bytesPerBlock, some * bytesPerBlock, signal);
    const [from, to] = [block * perBlock, (block + some) * perBlock];
    blocks.paramsOf(bytes, scale.subarray(from, to), zeroPoint.subarray(from, to));
    blocks.biasOf?.(bytes, bias.subarray(from, to));
    superOf?.(
      bytes,
      superScale.subarray(block, block + some),
      superMin.subarray(block, block + some),
    );
  }
  const inner = shape.at(-1) ?? 1;
  const plain = { scale, zeroPoint: asymmetric ? zeroPoint : null };
  return {
    shape: [count / inner, inner / subBlockSize],
    ...plain,
    bias: blocks.biasOf ? bias : null,
    ...{ shift: null, groupIndex: null },
    ...(superOf && { superBlocks: { scale: superScale, min: asymmetric ? superMin : null } }),
  };
}
