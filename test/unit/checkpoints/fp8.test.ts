import { describe, expect, test } from 'vitest';
import type { DType } from '../../../src/formats/dtype';
import { packedOf, valuesOf } from './fixture';
import {
  expectGolden,
  expectSame,
  expectUndecoded,
  fixturePath,
  openDamaged,
  openTold,
} from './golden';
import { type Stored, writtenModels } from './written';

const [qProj, downProj] = ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'];
const models = writtenModels();

test('fp8-per-tensor is read as the library reads it', async () => {
  const said = { scheme: 'FP8 E4M3, per tensor', bits: 8, groupSize: null };
  await expectGolden('fp8-per-tensor', 'model.safetensors', {
    [`${qProj}.weight`]: said,
    [`${downProj}.weight`]: said,
  });
});

test('fp8-block128-deepseek is read as the library reads it', async () => {
  const said = { scheme: 'FP8 E4M3, block 128x128', bits: 8, groupSize: null };
  await expectGolden('fp8-block128-deepseek', 'model.safetensors', { [`${qProj}.weight`]: said });
});

test('scales of activations are tensors like any other', async () => {
  const { weights } = await openTold(fixturePath('fp8-per-tensor'));
  expect(weights.filter(w => !w.packed).map(w => w.name)).toEqual([
    `${qProj}.input_scale`,
    `${downProj}.input_scale`,
  ]);
});

/** Elements 1, 2, 4 ... 128 in turn: E4M3 with an exponent field of 7 and up, E5M2 of 15 and up. */
function powers(shape: readonly number[], dtype: DType = 'F8_E4M3', one = 0x38, step = 8): Stored {
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    dtype,
    shape,
    bytes: Uint8Array.from({ length: count }, (_, i) => one + step * (i % 8)),
  };
}

const floats = (...shape: number[]): Stored => {
  const count = shape.reduce((a, b) => a * b, 1);
  return {
    dtype: 'F32',
    shape,
    bytes: Float32Array.from({ length: count }, (_, i) => 0.1 * (i + 1)),
  };
};

interface Case {
  readonly name: string;
  readonly tensors: Readonly<Record<string, Stored>>;
  readonly config?: object;
  readonly weight: string;
  readonly scheme: string;
  /** Number of the scale of a weight, by expert, row and column. */
  readonly scaleAt: (e: number, r: number, c: number) => number;
}

const cases: readonly Case[] = [
  {
    name: "ComfyUI's old scales",
    tensors: { 'm.weight': powers([3, 16]), 'm.scale_weight': floats(1) },
    ...{ weight: 'm.weight', scheme: 'FP8 E4M3, per tensor', scaleAt: () => 0 },
  },
  {
    name: 'fbgemm',
    tensors: { 'm.weight': powers([3, 16]), 'm.weight_scale': floats(3, 1) },
    config: { quant_method: 'fbgemm_fp8' },
    ...{ weight: 'm.weight', scheme: 'FP8 E4M3, per channel', scaleAt: (_, r) => r },
  },
  {
    name: 'scales as a list',
    tensors: { 'm.weight': powers([3, 16], 'F8_E5M2', 0x3c, 4), 'm.weight_scale': floats(3) },
    ...{ weight: 'm.weight', scheme: 'FP8 E5M2, per channel', scaleAt: (_, r) => r },
  },
  {
    name: 'raw bytes, as the config says',
    tensors: { 'm.weight': powers([3, 16], 'U8'), 'm.weight_scale': floats() },
    config: { quant_method: 'fp8' },
    ...{ weight: 'm.weight', scheme: 'FP8 E4M3, per tensor', scaleAt: () => 0 },
  },
  {
    name: 'blocks of another size, as the config says, with cut edges',
    tensors: { 'm.weight': powers([5, 16]), 'm.weight_scale_inv': floats(3, 2) },
    config: { quant_method: 'fp8', weight_block_size: [2, 10] },
    weight: 'm.weight',
    scheme: 'FP8 E4M3, block 2x10',
    scaleAt: (_, r, c) => Math.floor(r / 2) * 2 + Math.floor(c / 10),
  },
  {
    name: 'a stack of experts in blocks',
    tensors: {
      'mlp.experts.down_proj': powers([2, 130, 136]),
      'mlp.experts.down_proj_scale_inv': floats(2, 2, 2),
    },
    weight: 'mlp.experts.down_proj.weight',
    scheme: 'FP8 E4M3, block 128x128',
    scaleAt: (e, r, c) => e * 4 + Math.floor(r / 128) * 2 + Math.floor(c / 128),
  },
  {
    name: 'a stack of experts with one scale each',
    tensors: { 'experts.up': powers([2, 3, 16]), 'experts.up_scale': floats(2, 1, 1) },
    ...{ weight: 'experts.up.weight', scheme: 'FP8 E4M3, per expert', scaleAt: e => e },
  },
];

test.each(cases)('$name', async ({ tensors, config, weight, scheme, scaleAt }) => {
  const model = await openTold(models.write(tensors, config));
  expect(model.findings).toEqual([]);
  expect(model.weights.map(w => [w.name, w.packed?.scheme])).toEqual([[weight, scheme]]);
  const shape = model.weights[0]!.shape;
  const [out, columns] = [shape.at(-2)!, shape.at(-1)!];
  const expected = Float32Array.from({ length: model.weights[0]!.count }, (_, i) => {
    const row = Math.floor(i / columns);
    const scale = Math.fround(0.1 * (scaleAt(Math.floor(row / out), row % out, i % columns) + 1));
    return 2 ** (i % 8) * scale;
  });
  for (const chunkBytes of [1, undefined])
    expectSame(await valuesOf(model, weight, chunkBytes), expected);
});

test('MXFP8 has a power of two for 32 columns', async () => {
  const scales = { dtype: 'U8', shape: [2, 2], bytes: Uint8Array.of(127, 130, 120, 254) } as const;
  const file = models.write(
    { 'm.weight': powers([2, 64]), 'm.weight_scale': scales },
    { quant_method: 'compressed-tensors', format: 'mxfp8-quantized' },
  );
  const model = await openTold(file);
  expect(packedOf(model)[0]!.packed).toMatchObject({
    scheme: 'compressed-tensors MXFP8 E4M3, block 32',
    groupSize: 32,
  });
  const exponents = [0, 3, -7, 127];
  const expected = Float32Array.from(
    { length: 128 },
    (_, i) => 2 ** ((i % 8) + exponents[Math.floor(i / 32)]!),
  );
  expectSame(await valuesOf(model, 'm.weight'), expected);
});

test("fbgemm's experts are said to be stored the other way round", async () => {
  const tensors = { 'experts.up': powers([2, 3, 16]), 'experts.up_scale': floats(2, 1, 16) };
  const model = await openTold(models.write(tensors, { quant_method: 'fbgemm_fp8' }));
  expect(model.findings.map(f => f.message)).toEqual([
    '"experts.up.weight" is shown as it is stored: [experts, in, out], with a scale for each output',
  ]);
  const expected = Float32Array.from({ length: 96 }, (_, i) => {
    const scale = Math.floor(i / 48) * 16 + (i % 16);
    return 2 ** (i % 8) * Math.fround(0.1 * (scale + 1));
  });
  expectSame(await valuesOf(model, 'experts.up.weight'), expected);
});

test('a cast to FP8 without scales is a plain tensor', async () => {
  const model = await openTold(models.write({ 'm.weight': powers([3, 16]) }));
  expect(model.findings).toEqual([]);
  expect(packedOf(model)).toEqual([]);
});

describe('damaged', () => {
  const [block, whole] = ['fp8-block128-deepseek', 'fp8-per-tensor'].map(n => fixturePath(n));

  test('scales that the config promises and are missing are a finding', async () => {
    const model = await openDamaged(whole!, t => (t.name === `${qProj}.weight_scale` ? null : t));
    expect(expectUndecoded(model, qProj)).toContain('has no scale');
  });

  test.each([
    [3, 2],
    [2, 3],
  ])('blocks [%d, %d] that do not fit are a finding', async (...shape) => {
    const model = await openDamaged(block!, t => (t.name.endsWith('_inv') ? { ...t, shape } : t));
    expect(expectUndecoded(model, qProj)).toContain(`[${shape.join(', ')}], which fits no`);
  });

  test('scales of a fused weight, whose parts the file does not tell, are a finding', async () => {
    const tensors = { 'm.weight': powers([6, 16]), 'm.weight_scale': floats(3) };
    expect(expectUndecoded(await openTold(models.write(tensors)), 'm')).toContain('fits no');
  });

  test('scales that are no floats are a finding', async () => {
    const model = await openDamaged(block!, t =>
      t.name.endsWith('_inv') ? { ...t, dtype: 'I32' } : t,
    );
    expect(expectUndecoded(model, qProj)).toContain('has dtype I32, expected F32');
  });
});
