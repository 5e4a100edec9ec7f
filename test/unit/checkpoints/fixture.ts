import { readdirSync } from 'node:fs';
import path from 'node:path';
import { layoutNamed } from '../../../src/checkpoints/all';
import type { Decoder, PackedWeight } from '../../../src/checkpoints/layout';
import { openWeights } from '../../../src/checkpoints/model';
import { Parts } from '../../../src/checkpoints/parts';
import type { WeightModel } from '../../../src/checkpoints/recognise';
import { isPacked, openRows } from '../../../src/checkpoints/rows';
import { nodeFileSystem } from '../../../src/worker/fileSystem';

const folder = path.join(import.meta.dirname, '../../fixtures/checkpoints');

/** Names of the fixture folders. */
export const fixtureNames = readdirSync(folder);

/** Opens the model of a fixture folder, or another file in it. */
export async function openFixture(name: string, file?: string): Promise<WeightModel> {
  const names = readdirSync(path.join(folder, name));
  const model = file ?? names.find(n => n.endsWith('.index.json')) ?? 'model.safetensors';
  return openFile(path.join(folder, name, model));
}

/** Opens a model with its weights told. */
export async function openFile(file: string): Promise<WeightModel> {
  return openWeights(nodeFileSystem, file);
}

/** Gives a packed weight's decoder to `use`. */
export async function withDecoder<T>(
  weight: PackedWeight,
  use: (decoder: Decoder) => Promise<T>,
): Promise<T> {
  const parts = new Parts(nodeFileSystem, weight);
  try {
    return await use(await layoutNamed(weight.packed.layout).open(weight, parts));
  } finally {
    await parts.close();
  }
}

/** All packed weights of a model. */
export function packedOf({ weights }: WeightModel): PackedWeight[] {
  return weights.filter(isPacked);
}

/** All codes of a weight, reading `rows` at a time. */
export function codesOf(weight: PackedWeight, rows = Infinity): Promise<Int32Array> {
  return withDecoder(weight, async decoder => {
    const inner = weight.shape.at(-1)!;
    const height = weight.count / inner;
    const codes = new Int32Array(weight.count);
    for (let row = 0; row < height; row += rows) {
      const block = { row, rows: Math.min(rows, height - row) };
      const to = (row + block.rows) * inner;
      await decoder.codesOf(block, codes.subarray(row * inner, to));
    }
    return codes;
  });
}

/** All values of any tensor, as rows stream. @param chunkBytes bytes read at a time, about */
export async function valuesOf(
  model: WeightModel,
  name: string,
  chunkBytes?: number,
): Promise<Float32Array> {
  const entry =
    model.weights.find(w => w.name === name) ?? model.tensors.find(t => t.name === name);
  if (!entry) throw new Error(`no tensor ${name}`);
  const { byteLength: fileSize } = model.files.find(f => f.path === entry.data.path)!;
  const { stream, close } = await openRows(nodeFileSystem, entry, {
    fileSize,
    ...(chunkBytes && { chunkBytes }),
  });
  try {
    const values = new Float32Array(entry.count);
    for (const panel of stream.panels())
      for await (const { row, col, data } of stream.tiles(panel))
        values.set(data, row * stream.matrix.cols + col);
    return values;
  } finally {
    await close();
  }
}
