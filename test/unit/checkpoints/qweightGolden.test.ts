import { expect, test } from 'vitest';
import type { NotedDecoder } from '../../../src/checkpoints/qweight';
import { codesOf, openFixture, packedOf, valuesOf, withDecoder } from './fixture';
import { type Stored, tensorsOf } from './qweightFiles';

const scheme = (text: string, bits: number, groupSizes: readonly [number, number]) => ({
  text,
  bits,
  groupSizes,
});

/** What each folder's config says, in the order of its modules: q_proj, down_proj. */
const folders: Readonly<Record<string, ReturnType<typeof scheme>>> = {
  'gptq-2bit-g64-asym': scheme('GPTQ 2-bit, group 64, asymmetric', 2, [64, 64]),
  'gptq-3bit-g64-asym': scheme('GPTQ 3-bit, group 64, asymmetric', 3, [64, 64]),
  'gptq-4bit-g128-sym': scheme('GPTQ 4-bit, group 128, symmetric', 4, [128, 128]),
  'gptq-4bit-g32-asym-actorder': scheme('GPTQ 4-bit, group 32, asymmetric, act-order', 4, [32, 32]),
  'gptq-8bit-perchannel-sym': scheme('GPTQ 8-bit, per channel, symmetric', 8, [256, 128]),
  'gptq-planar-5bit-g64-asym': scheme('GPTQ 5-bit, group 64, asymmetric (planar)', 5, [64, 64]),
  'gptq-v1-4bit-g64-asym-zero0': scheme('GPTQ 4-bit, group 64, asymmetric', 4, [64, 64]),
  'gptq-v2-4bit-g64-asym': scheme('GPTQ 4-bit, group 64, asymmetric (v2)', 4, [64, 64]),
  'awq-gemm-4bit-g128': scheme('AWQ 4-bit, group 128', 4, [128, 128]),
  'awq-gemv-4bit-g64': scheme('AWQ 4-bit, group 64 (GEMV)', 4, [64, 64]),
  'awq-gemv_fast-4bit-g64': scheme('AWQ 4-bit, group 64 (gemv_fast)', 4, [64, 64]),
};

const modules = ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'] as const;
const parts = /\.(qweight|qzeros|scales|g_idx)$/;

function numbersOf({ dtype, bytes }: Stored): number[] {
  if (dtype === 'U8') return [...bytes];
  const { buffer } = bytes;
  return dtype === 'I32'
    ? [...new Int32Array(buffer as ArrayBuffer)]
    : [...new Float32Array(buffer as ArrayBuffer)];
}

/** The bits of float32 values, with -0 as +0. */
const bitsOf = (values: Iterable<number>) =>
  new Uint32Array(Float32Array.from(values, x => (x === 0 ? 0 : x)).buffer);

test.each(Object.keys(folders))('%s: weights are told', async name => {
  const { text, bits, groupSizes } = folders[name]!;
  const model = await openFixture(name);
  const expected = tensorsOf(name, 'expected.safetensors');
  expect(model.findings).toEqual([]);
  const found = packedOf(model).map(w => [w.name, w.shape, w.packed.scheme, w.packed.bits]);
  const told = modules.map(m => [`${m}.weight`, expected[`${m}.weight`]!.shape, text, bits]);
  expect(found.toSorted()).toEqual(told.toSorted());
  for (const w of packedOf(model))
    expect(w.packed.groupSize).toBe(groupSizes[w.name === `${modules[0]}.weight` ? 0 : 1]);
  const plain = model.weights.filter(w => !w.packed).map(w => w.name);
  const others = Object.keys(tensorsOf(name)).filter(n => !parts.test(n));
  expect(plain.toSorted()).toEqual(others.toSorted());
});

const cases = Object.keys(folders).flatMap(name => modules.map(module => [name, module] as const));

test.each(cases)(
  '%s %s: codes and values are exact, however they are read',
  async (name, module) => {
    const expected = tensorsOf(name, 'expected.safetensors');
    const model = await openFixture(name);
    const weight = packedOf(model).find(w => w.name === `${module}.weight`)!;
    const codes = Int32Array.from(numbersOf(expected[`${module}.codes`]!));
    for (const rows of [1, 3, 13, Infinity]) expect(await codesOf(weight, rows)).toEqual(codes);
    const values = bitsOf(numbersOf(expected[`${module}.weight`]!));
    for (const chunk of [4, 5 * 4 * weight.shape[1]!, 2 ** 20])
      expect(bitsOf(await valuesOf(model, weight.name, chunk))).toEqual(values);
  },
);

test.each(cases)('%s %s: rows alone give the same values', async (name, module) => {
  const expected = numbersOf(tensorsOf(name, 'expected.safetensors')[`${module}.weight`]!);
  const weight = packedOf(await openFixture(name)).find(w => w.name === `${module}.weight`)!;
  const [out, inner] = weight.shape as [number, number];
  await withDecoder(weight, async decoder => {
    for (let row = 0; row < out; row += 5) {
      const rows = { row, rows: Math.min(5, out - row) };
      const codes = new Int32Array(rows.rows * inner);
      const values = new Float32Array(codes.length);
      await decoder.codesOf(rows, codes);
      decoder.dequantize(rows, codes, values);
      const own = expected.slice(row * inner, (row + rows.rows) * inner);
      expect(bitsOf(values)).toEqual(bitsOf(own));
    }
  });
});

test.each(cases)('%s %s: parameters are those applied', async (name, module) => {
  const expected = tensorsOf(name, 'expected.safetensors');
  const weight = packedOf(await openFixture(name)).find(w => w.name === `${module}.weight`)!;
  await withDecoder(weight, async decoder => {
    const { shape, scale, zeroPoint, bias, shift, groupIndex } = decoder.params;
    expect(shape).toEqual(expected[`${module}.scale`]!.shape);
    const told = { scale, zero_point: zeroPoint, bias, shift, g_idx: groupIndex };
    for (const [role, values] of Object.entries(told)) {
      const stored = expected[`${module}.${role}`];
      expect(values && [...values], role).toEqual(stored ? numbersOf(stored) : null);
    }
    expect((decoder as NotedDecoder).notes).toEqual([]);
  });
});
