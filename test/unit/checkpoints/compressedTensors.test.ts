import { describe, expect, test } from 'vitest';
import { isPacked } from '../../../src/checkpoints/rows';
import { codesOf, packedOf, valuesOf, withDecoder } from './fixture';
import {
  expectGolden,
  expectSame,
  expectUndecoded,
  fixturePath,
  openDamaged,
  openTold,
} from './golden';
import { writtenModels } from './written';

const [qProj, downProj] = ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'];
const models = writtenModels();

test.each([
  ['ct-int4-g128-sym', 'int4, group 128, symmetric', 4, 128],
  ['ct-int4-g128-asym', 'int4, group 128, asymmetric', 4, 128],
  ['ct-int4-g32-sym-actorder', 'int4, group 32, symmetric, act-order', 4, 32],
  ['ct-int3-g64-sym-dense', 'int3, group 64, symmetric', 3, 64],
  ['ct-int3-g64-asym-oldpack', 'int3, group 64, asymmetric', 3, 64],
  ['ct-int8-channel', 'int8, per channel, symmetric', 8, null],
  ['ct-int8-channel-asym', 'int8, per channel, asymmetric', 8, null],
  ['ct-fp8-channel', 'FP8 E4M3, per channel', 8, null],
  ['ct-fp8-tensor', 'FP8 E4M3, per tensor', 8, null],
] as const)('%s is read as the library reads it', async (folder, scheme, bits, groupSize) => {
  const said = { scheme: `compressed-tensors ${scheme}`, bits, groupSize };
  await expectGolden(folder, 'model.safetensors', {
    [`${qProj}.weight`]: said,
    [`${downProj}.weight`]: said,
  });
});

test.each(['ct-int3-g64-sym-dense', 'ct-int3-g64-asym-oldpack', 'ct-int4-g32-sym-actorder'])(
  '%s is told without its config',
  async folder => {
    const { write } = models;
    const source = fixturePath(folder);
    const { tensors } = await openTold(source);
    const { readFileSync } = await import('node:fs');
    const all = readFileSync(source);
    const copy = write(
      Object.fromEntries(
        tensors.map(({ name, dtype, shape, data: { offset, byteLength } }) => [
          name,
          { dtype, shape, bytes: all.subarray(offset, offset + byteLength) },
        ]),
      ),
    );
    const [told, bare] = [await openTold(source), await openTold(copy)];
    expect(bare.findings).toEqual([]);
    for (const { name } of packedOf(told))
      expectSame(await valuesOf(bare, name), await valuesOf(told, name));
  },
);

/** Codes 0 to 2^bits - 1 in turn, as a stream of bits, lowest first: each line ends its word. */
function denseLines(bits: number, [lines, length]: readonly [number, number]) {
  const perLine = Math.ceil((bits * length) / 32);
  const words = new Uint32Array(lines * perLine);
  const codes = new Int32Array(lines * length);
  for (let i = 0; i < codes.length; i++) {
    codes[i] = (5 * i + Math.floor(i / length)) % 2 ** bits;
    for (let b = 0; b < bits; b++) {
      const at = (i % length) * bits + b;
      const word = Math.floor(i / length) * perLine + Math.floor(at / 32);
      words[word]! += Math.floor(codes[i]! / 2 ** b) % 2 ? 2 ** (at % 32) : 0;
    }
  }
  return { words, codes, perLine };
}

const shapeOf = (out: number, columns: number) =>
  ({ dtype: 'I64', shape: [2], bytes: BigInt64Array.of(BigInt(out), BigInt(columns)) }) as const;

test.each([2, 3, 5, 6, 7])('%d bits in one stream, rows that end within a word', async bits => {
  const { words, codes, perLine } = denseLines(bits, [6, 43]);
  const file = models.write(
    {
      'm.weight_packed': { dtype: 'I32', shape: [6, perLine], bytes: words },
      'm.weight_scale': { dtype: 'F32', shape: [6, 1], bytes: new Float32Array(6).fill(0.5) },
      'm.weight_shape': shapeOf(6, 43),
    },
    { quant_method: 'compressed-tensors', config_groups: { g: { weights: { num_bits: bits } } } },
  );
  const model = await openTold(file);
  expect(model.findings).toEqual([]);
  const [weight] = packedOf(model);
  expect(weight!.packed.bits).toBe(bits);
  const signed = codes.map(c => c - 2 ** (bits - 1));
  for (const rows of [1, 5, 6]) expectSame(await codesOf(weight!, rows), signed);
  expectSame(
    await valuesOf(model, 'm.weight'),
    Float32Array.from(signed, c => c / 2),
  );
});

test('a stack of experts has zero points of its own for each', async () => {
  const [experts, out, columns] = [2, 5, 8];
  const zeros = denseLines(4, [2, out]).words; // one word for the 5 outputs of an expert
  const file = models.write({
    'm.weight_packed': {
      dtype: 'I32',
      shape: [2, 5, 1],
      bytes: new Uint32Array(10).fill(0x76543210),
    },
    'm.weight_scale': {
      dtype: 'F32',
      shape: [2, 5, 1],
      bytes: Float32Array.from({ length: 10 }, (_, i) => i + 1),
    },
    'm.weight_zero_point': { dtype: 'I32', shape: [2, 1, 1], bytes: zeros },
    'm.weight_shape': shapeOf(out, columns),
  });
  const model = await openTold(file);
  expect(model.weights.map(w => w.shape)).toEqual([[experts, out, columns]]);
  const expected = Float32Array.from({ length: experts * out * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    const zero = (zeros[Math.floor(row / out)]! >>> (4 * (row % out))) & 15;
    return ((i % columns) - zero) * (row + 1);
  });
  for (const chunkBytes of [1, undefined])
    expectSame(await valuesOf(model, 'm.weight', chunkBytes), expected);
});

test('eight bits are noted when seven would fit too and no config tells', async () => {
  const file = models.write({
    'm.weight_packed': { dtype: 'I32', shape: [2, 8], bytes: new Uint32Array(16) },
    'm.weight_scale': { dtype: 'F32', shape: [2, 1], bytes: new Float32Array(2) },
    'm.weight_shape': shapeOf(2, 32),
  });
  const model = await openTold(file);
  expect(packedOf(model)[0]!.packed.bits).toBe(8);
  expect(model.findings.map(f => f.message)).toEqual([
    '"m.weight" is read as 8 bits; 7 would fit its shapes too, and no config tells',
  ]);
});

describe('damaged', () => {
  const actOrder = fixturePath('ct-int4-g32-sym-actorder');
  const asym = fixturePath('ct-int4-g128-asym');
  const int8 = fixturePath('ct-int8-channel-asym');

  test.each([
    [asym, 'weight_scale'],
    [asym, 'weight_shape'],
    [int8, 'weight_scale'],
  ])('%s without %s is a finding', async (file, end) => {
    const model = await openDamaged(file, t => (t.name === `${qProj}.${end}` ? null : t));
    expect(expectUndecoded(model, qProj)).toContain(`"${qProj}.${end}" is missing`);
    expect(model.weights.find(w => w.name === `${downProj}.weight`)?.packed).toBeDefined();
  });

  test.each([
    [asym, 'weight_scale', 0],
    [asym, 'weight_packed', 0],
    [asym, 'weight_packed', 1],
    [asym, 'weight_zero_point', 0],
    [asym, 'weight_zero_point', 1],
    [actOrder, 'weight_g_idx', 0],
    [int8, 'weight_scale', 0],
    [int8, 'weight_zero_point', 0],
  ])('%s with %s one larger along axis %d is a finding', async (file, end, axis) => {
    const model = await openDamaged(file, t =>
      t.name === `${qProj}.${end}` ? { ...t, shape: t.shape.with(axis, t.shape[axis]! + 1) } : t,
    );
    expect(expectUndecoded(model, qProj)).toContain('shape [');
  });

  test.each([
    [asym, 'weight_packed', 'F32'],
    [asym, 'weight_scale', 'I32'],
    [asym, 'weight_zero_point', 'F16'],
    [actOrder, 'weight_g_idx', 'F32'],
    [int8, 'weight_scale', 'I16'],
    [int8, 'weight_zero_point', 'I32'],
  ] as const)('%s with %s as %s is a finding', async (file, end, dtype) => {
    const model = await openDamaged(file, t =>
      t.name === `${qProj}.${end}` ? { ...t, dtype } : t,
    );
    expect(expectUndecoded(model, qProj)).toContain(`has dtype ${dtype}, expected`);
  });

  test('a shape that is not there to be read is a finding', async () => {
    const model = await openDamaged(asym, t =>
      t.name.endsWith('weight_shape') ? Object.assign({ ...t }, { contents: undefined }) : t,
    );
    expect(expectUndecoded(model, qProj)).toContain('cannot be read');
  });

  test.each([-1, 8])('column 0 in group %d of 8 is an error of that weight', async group => {
    const file = await models.patch(actOrder, `${qProj}.weight_g_idx`, Int32Array.of(group));
    const model = await openTold(file);
    await expect(valuesOf(model, `${qProj}.weight`)).rejects.toMatchObject({
      tag: 'malformed',
      message: `tensor "${qProj}.weight_g_idx" puts column 0 in group ${group} of 8`,
    });
    await valuesOf(model, `${downProj}.weight`);
  });

  test('a group index of -1 throughout means that groups are in order', async () => {
    const unset = new Int32Array(256).fill(-1);
    const model = await openTold(await models.patch(actOrder, `${qProj}.weight_g_idx`, unset));
    const weight = model.weights.filter(isPacked).find(w => w.name.startsWith(qProj))!;
    const [values, codes] = [await valuesOf(model, weight.name), await codesOf(weight)];
    await withDecoder(weight, async ({ params }) => {
      expect(params.groupIndex).toBeNull();
      const { scale } = params;
      const scaleOf = (i: number) => scale[Math.floor(i / 256) * 8 + Math.floor((i % 256) / 32)]!;
      expectSame(
        values,
        Float32Array.from(codes, (q, i) => q * scaleOf(i)),
      );
    });
  });
});
