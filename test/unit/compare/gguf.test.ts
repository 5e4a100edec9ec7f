import { expect, test } from 'vitest';
import { type Part, pairWeights } from '../../../src/compare/pairs';
import { openModel } from '../../../src/formats/model';
import type { Model } from '../../../src/formats/tensorFile';
import { compareTensors } from '../../../src/worker/compare';
import { memoryFiles } from '../countingSource';
import { safetensors } from '../formats/build';
import { gguf, values } from '../formats/gguf/build';

const [heads, size, cols] = [3, 8, 64];
const rows = heads * size;

/** Whole numbers from -127 to 127 of which each row has its own; 127 is in each block of 32, so Q8_0 holds them exactly. */
const valueAt = (row: number, col: number) =>
  col % 32 === 0 ? 127 : ((row * 37 + col * 5) % 255) - 127;

/** Rows in llama.cpp's order as Q8_0 blocks: f16 scale 1, then 32 signed bytes. */
function q8Rows(): Uint8Array {
  const blocks: number[] = [];
  for (let stored = 0; stored < rows; stored++) {
    // reshape(heads, 2, size / 2).swapaxes(1, 2): pairs of rows of a head come from its two halves.
    const [head, place] = [Math.floor(stored / size), stored % size];
    const row = head * size + (place % 2) * (size / 2) + Math.floor(place / 2);
    for (let col = 0; col < cols; col++) {
      if (col % 32 === 0) blocks.push(0x00, 0x3c);
      blocks.push(valueAt(row, col) & 0xff);
    }
  }
  return Uint8Array.from(blocks);
}

test('the rows of a quantized GGUF are compared in the order of the original', async () => {
  const original = Float32Array.from({ length: rows * cols }, (_, i) =>
    valueAt(Math.floor(i / cols), i % cols),
  );
  const name = 'model.layers.0.self_attn.q_proj.weight';
  const data_offsets = [0, original.byteLength];
  const files = memoryFiles({
    'a.safetensors': safetensors(
      { [name]: { dtype: 'F32', shape: [rows, cols], data_offsets } },
      new Uint8Array(original.buffer),
    ),
    'b.gguf': gguf({
      values: [
        ['general.architecture', values.string('llama')],
        ['llama.attention.head_count', values.u32(heads)],
      ],
      tensors: [{ name: 'blk.0.attn_q.weight', sizes: [cols, rows], type: 8, data: q8Rows() }],
    }),
  });
  const [a, b] = await Promise.all([openModel(files, 'a.safetensors'), openModel(files, 'b.gguf')]);
  const [pair] = pairWeights({ ...a, weights: a.tensors }, { ...b, weights: b.tensors }).pairs;
  const sized = (model: Model, part: Part) => ({
    ...part,
    fileSize: model.files[0]!.byteLength,
  });
  const request = { a: sized(a, pair!.a), b: sized(b, pair!.b), shape: pair!.shape };
  const found = await compareTensors(files, request, { chunkBytes: 1000 });
  expect(found).toMatchObject({ count: rows * cols, mse: 0 });
  const { order: _, ...asStored } = request.b;
  const wrong = await compareTensors(files, { ...request, b: asStored });
  expect(wrong.mse).toBeGreaterThan(1);
});
