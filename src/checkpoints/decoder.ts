import type { FileSystem } from '../base/bytes';
import type { TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import { layoutNamed } from './all';
import { ggmlBlocks } from './ggml';
import { ggmlParams } from './ggmlParams';
import type { Decoder, PackedWeight } from './layout';
import { Parts } from './parts';
import { isPacked } from './rows';

/** Whether a weight is stored as codes with scales. */
export function hasStoredParams(entry: TensorEntry): boolean {
  return isPacked(entry) || (isBlocks(entry) && entry.count > 0);
}

function isBlocks({ dtype, data }: TensorEntry): boolean {
  return data.byteOrder === 'little' && ggmlBlocks(dtype) !== undefined;
}

/** A decoder, and what it reads from. */
export interface OpenDecoder {
  readonly decoder: Decoder;
  close(): Promise<void>;
}

/** How a decoder is opened. */
export interface OpenDecoderOptions {
  /** Of the file when its header was read. */
  readonly fileSize: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens what decodes a weight that has stored parameters.
 * @throws what opening its files, or the layout, throws
 */
export function openDecoder(
  fs: FileSystem,
  entry: TensorEntry,
  options: OpenDecoderOptions,
): Promise<OpenDecoder> {
  return isPacked(entry) ? openPacked(fs, entry, options) : openBlocks(fs, entry, options);
}

async function openPacked(
  fs: FileSystem,
  weight: PackedWeight,
  { signal }: OpenDecoderOptions,
): Promise<OpenDecoder> {
  const parts = new Parts(fs, weight, signal);
  try {
    const decoder = await layoutNamed(weight.packed.layout).open(weight, parts);
    return { decoder, close: () => parts.close() };
  } catch (e) {
    await parts.close();
    throw e;
  }
}

async function openBlocks(
  fs: FileSystem,
  entry: TensorEntry,
  { fileSize, signal }: OpenDecoderOptions,
): Promise<OpenDecoder> {
  const blocks = ggmlBlocks(entry.dtype);
  if (!blocks) throw new TypeError(`${entry.name} has no stored parameters`);
  const source = await openTensor(fs, entry, fileSize, signal);
  try {
    const decoder = await ggmlParams(source, entry, { blocks, signal });
    return { decoder, close: () => source.close() };
  } catch (e) {
    await source.close();
    throw e;
  }
}
