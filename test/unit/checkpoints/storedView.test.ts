import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDecoder } from '../../../src/checkpoints/decoder';
import { levelCodes } from '../../../src/checkpoints/levelCodes';
import { storedView } from '../../../src/checkpoints/storedView';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { codesOf, openFile, openFixture, packedOf, valuesOf } from './fixture';

async function viewOf(model: Awaited<ReturnType<typeof openFile>>, name: string) {
  const entry = model.weights.find(w => w.name === name)!;
  const { byteLength: fileSize } = model.files.find(f => f.path === entry.data.path)!;
  const { decoder, close } = await openDecoder(nodeFileSystem, entry, { fileSize });
  try {
    return await storedView(entry, decoder);
  } finally {
    await close();
  }
}

const q = 'model.layers.0.self_attn.q_proj';

test('GPTQ: scales, zero points and codes are those of the library', async () => {
  const model = await openFixture('gptq-4bit-g128-sym');
  const expected = await openFixture('gptq-4bit-g128-sym', 'expected.safetensors');
  const view = await viewOf(model, `${q}.weight`);
  const scales = await valuesOf(expected, `${q}.scale`);
  expect(view.scale).toMatchObject({
    count: scales.length,
    nonFinite: 0,
    min: Math.min(...scales),
    max: Math.max(...scales),
  });
  expect(view.scale.bins.reduce((a, b) => a + b)).toBe(scales.length);
  expect(view.scaleMap).toMatchObject({ shape: [64, 2], rows: 64, cols: 2 });
  expect(view.scaleMap.means).toEqual(Array.from(scales));
  expect(view.zeroPoint).toMatchObject({ min: 8, max: 8, bins: [] });
  const codes = await codesOf(packedOf(model).find(w => w.name === `${q}.weight`)!);
  const counts = Array.from({ length: 16 }, (_, c) => codes.filter(x => x === c).length);
  expect(view.codes).toEqual({
    ...{ first: 0, counts, used: counts.filter(n => n > 0).length, available: 16 },
    ...{ ends: [0, 15], lowest: counts[0], highest: counts[15] },
  });
});

describe('the ends of the codes are those of the values', () => {
  test.each([
    ['ct-mxfp4', [15, 7], 16],
    ['fp8-per-tensor', [0xfe, 0x7e], 254],
    ['bnb-fp4', [11, 3], 16],
    ['bnb-int8', [-127, 127], 255],
  ])('%s', async (folder, ends, available) => {
    const view = await viewOf(await openFixture(folder), `${q}.weight`);
    expect(view.codes).toMatchObject({ ends, available });
    const count = (code: number) => view.codes.counts[code - view.codes.first]!;
    expect([view.codes.lowest, view.codes.highest]).toEqual(ends.map(count));
  });

  test('a table in any order, NaN standing for nothing', () => {
    const levels = Float32Array.of(NaN, 0, 3, -2, NaN, 1);
    expect(levelCodes(levels)).toEqual({ first: 0, count: 6, available: 4, ends: [3, 2] });
  });
});

test('ggml: scales of sub-blocks, and those of super-blocks beside them', async () => {
  const golden = path.join(import.meta.dirname, '../../fixtures/golden/ggml-types.gguf');
  const model = await openFile(golden);
  const k = await viewOf(model, 'blk.1.q4_k.weight');
  expect(k.scaleMap.shape).toEqual([8, 8]);
  expect([k.scale.count, k.superScale!.count, k.superMin!.count]).toEqual([64, 8, 8]);
  // Code 0 stands for the minimum: the smallest value of a sub-block that has the code is it.
  const values = await valuesOf(model, 'blk.1.q4_1.weight');
  const asymmetric = await viewOf(model, 'blk.1.q4_1.weight');
  expect(asymmetric.bias!.min).toBeLessThanOrEqual(Math.min(...values));
  expect(asymmetric.bias!.count).toBe(64);
  const zero = await viewOf(model, 'blk.0.q4_0.weight');
  expect([zero.zeroPoint, zero.superScale]).toEqual([null, null]);
  expect(zero.codes.counts.reduce((a, b) => a + b)).toBe(2048);
  const eight = await viewOf(model, 'blk.0.q8_0.weight');
  expect(eight.codes.ends).toEqual([-127, 127]);
});
