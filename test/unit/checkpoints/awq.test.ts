import { expect, test } from 'vitest';
import type { NotedDecoder } from '../../../src/checkpoints/qweight';
import { codesOf, openFile, packedOf, valuesOf, withDecoder } from './fixture';
import {
  configOf,
  floats,
  numbers,
  rowsOf,
  type Stored,
  streamWords,
  type Tensors,
  tensorsOf,
  turned,
  words,
  writeModel,
} from './qweightFiles';

async function open(tensors: Tensors, config: Record<string, unknown> | null) {
  const model = await openFile(writeModel(tensors, config));
  return { model, weight: packedOf(model)[0]! };
}

const reciprocals = (count: number) => Array.from({ length: count }, (_, i) => 1 / (i + 1));

/** Of 8 columns, the one whose code is in nibble i of a word, as AutoAWQ packs them. */
const gemmOrder = [0, 2, 4, 6, 1, 3, 5, 7];

/** Words of GEMM. @param values [rows, columns] */
const gemmWords = (values: readonly number[]) =>
  rowsOf(values, 8).map(
    eight =>
      streamWords(
        gemmOrder.map(j => eight[j]!),
        4,
      )[0]!,
  );

/** Words of GEMV. @param values [rows, columns], columns a multiple of 8 */
const gemvWords = (values: readonly number[], columns: number) =>
  rowsOf(values, columns).flatMap(row => streamWords(row, 4));

function padded(values: readonly number[], columns: number, to: number): number[] {
  return rowsOf(values, columns).flatMap(row => [
    ...row,
    ...new Array<number>(to - columns).fill(0),
  ]);
}

test('GEMM: codes, zero points and values, from any row on', async () => {
  const [inner, out, groups] = [96, 24, 3];
  const codes = numbers(inner * out, 16); // [in, out]
  const zeros = numbers(groups * out, 16, 5);
  const tensors = {
    'm.qweight': words([inner, out / 8], gemmWords(codes)),
    'm.qzeros': words([groups, out / 8], gemmWords(zeros)),
    'm.scales': floats([groups, out], reciprocals(groups * out)),
  };
  const { model, weight } = await open(tensors, null);
  expect(weight.packed).toMatchObject({ scheme: 'AWQ 4-bit, group 32', groupSize: 32 });
  expect(weight.shape).toEqual([out, inner]);
  expect([...(await codesOf(weight, 5))]).toEqual(turned(codes, out));
  await withDecoder(weight, async ({ params }) => {
    expect(turned([...params.zeroPoint!], groups)).toEqual(zeros);
  });
  const values = codes.map((code, i) => {
    const param = Math.floor(Math.floor(i / out) / 32) * out + (i % out);
    return Math.fround(Math.fround(1 / (param + 1)) * (code - zeros[param]!));
  });
  expect([...(await valuesOf(model, 'm.weight'))]).toEqual(turned(values, out));
});

/** Inputs, group and the groups with padding, as AutoAWQ's calculate_zeros_width gives them. */
const paddings = [
  [256, 32, 32],
  [512, 32, 32],
  [2048, 32, 64],
  [128, 64, 16],
  [2048, 64, 32],
  [1024, 128, 8],
  [2048, 128, 16],
] as const;

/** A GEMV module of 4 rows. */
function gemv(inner: number, group: number, width: number) {
  const [out, groups] = [4, inner / group];
  const codes = numbers(out * inner, 16);
  const zeros = numbers(out * groups, 16, 9);
  const scales = reciprocals(out * groups);
  const tensors: Tensors = {
    'm.qweight': words([out, inner / 8], gemvWords(codes, inner)),
    'm.qzeros': words([out, width / 8], gemvWords(padded(zeros, groups, width), width)),
    'm.scales': floats([out, width], padded(scales, groups, width)),
  };
  return { codes, zeros, scales, tensors };
}

test.each(paddings)(
  'GEMV, %i inputs by %i: padding of %i is left out',
  async (inner, group, width) => {
    const { codes, zeros, scales, tensors } = gemv(inner, group, width);
    const { weight } = await open(tensors, { quant_method: 'awq', group_size: group });
    expect(weight.packed.scheme).toBe(`AWQ 4-bit, group ${group} (GEMV)`);
    expect([...(await codesOf(weight, 3))]).toEqual(codes);
    await withDecoder(weight, async ({ params }) => {
      expect(params.shape).toEqual([4, inner / group]);
      expect([...params.zeroPoint!]).toEqual(zeros);
      expect(params.scale).toEqual(Float32Array.from(scales));
    });
  },
);

test('GEMV: the group is told by the shapes, or not at all', async () => {
  const told = await open(gemv(2048, 64, 32).tensors, null);
  expect(told.weight.packed.groupSize).toBe(64);
  const unclear = await open(gemv(1024, 128, 8).tensors, null);
  expect(packedOf(unclear.model)).toEqual([]);
  expect(unclear.model.findings[0]!.message).toContain('no one group size');
  const rows = await open(gemv(1024, 1024, 8).tensors, { group_size: -1 });
  expect(rows.weight.packed.scheme).toBe('AWQ 4-bit, per channel (GEMV)');
});

test('shapes of GEMV are GPTQ 4-bit, group 8 where the config says so', async () => {
  const tensors = {
    'm.qweight': words([8, 64], numbers(512, 2 ** 32)),
    'm.qzeros': words([8, 8], new Array<number>(64).fill(0x77777777)),
    'm.scales': floats([8, 64], reciprocals(512)),
  };
  const gptq = await open(tensors, { quant_method: 'gptq', checkpoint_format: 'gptq' });
  expect(gptq.weight.packed.scheme).toBe('GPTQ 4-bit, group 8');
  const awq = await open(tensors, { quant_method: 'awq', group_size: 2 });
  expect(packedOf(awq.model)).toEqual([]);
});

test("llm-awq's name for the zeros of gemv_fast", async () => {
  const fixture = 'awq-gemv_fast-4bit-g64';
  const tensors = Object.fromEntries(
    Object.entries(tensorsOf(fixture)).map(([name, t]) => [
      name.replace('.qzeros', '.scaled_zeros'),
      t,
    ]),
  );
  const { model } = await open(tensors, configOf(fixture));
  const name = 'model.layers.0.self_attn.q_proj.weight';
  const expected = tensorsOf(fixture, 'expected.safetensors')[name]!.bytes;
  const values = await valuesOf(model, name);
  expect(values).toEqual(new Float32Array(expected.buffer as ArrayBuffer));
});

test('the order of Marlin is a finding by its name', async () => {
  const tensors = {
    'm.qweight': words([8, 128], numbers(1024, 2 ** 32)),
    'm.scales': floats([1, 64], reciprocals(64)),
  };
  const { model } = await open(tensors, { quant_method: 'awq', version: 'marlin' });
  expect(model.findings.map(f => f.message)).toEqual([expect.stringContaining('Marlin')]);
  expect(model.weights.map(w => w.name)).toEqual(Object.keys(tensors));
});

test('a scale that is NaN is noted', async () => {
  const { tensors } = gemv(2048, 128, 16);
  new DataView(tensors['m.scales']!.bytes.buffer).setFloat32(4, Number.NaN, true);
  const { weight } = await open(tensors, { group_size: 128 });
  const notes = await withDecoder(weight, async d => (d as NotedDecoder).notes);
  expect(notes).toEqual([expect.stringContaining('1 of 64 scales')]);
});

/** Takes the last row. */
function shorten(it: Stored): void {
  const [rows = 1] = it.shape;
  it.bytes = it.bytes.slice(0, (it.bytes.length / rows) * (rows - 1));
  it.shape = [rows - 1, ...it.shape.slice(1)];
}

const q = 'model.layers.0.self_attn.q_proj';
const fixtures = ['awq-gemm-4bit-g128', 'awq-gemv-4bit-g64', 'awq-gemv_fast-4bit-g64'];
const damages: [string, (t: Tensors) => void][] = [
  ['scales missing', t => void delete t[`${q}.scales`]],
  ['qzeros missing', t => void delete t[`${q}.qzeros`]],
  ['qweight one row short', t => shorten(t[`${q}.qweight`]!)],
  ['qzeros one row short', t => shorten(t[`${q}.qzeros`]!)],
  ['scales one row short', t => shorten(t[`${q}.scales`]!)],
  ['scales of integers', t => retype(t[`${q}.scales`]!, 'I16')],
  ['qweight of floats', t => retypeCodes(t[`${q}.qweight`]!)],
];

function retype(it: Stored, dtype: string): void {
  it.dtype = dtype;
}

function retypeCodes(it: Stored): void {
  retype(it, it.dtype === 'I16' ? 'F16' : 'F32');
}

const cases = fixtures.flatMap(fixture =>
  damages.map(([what, damage]) => [fixture, what, damage] as const),
);

test.each(cases)('%s, %s: a finding, and the stored tensors stay', async (fixture, _, damage) => {
  const tensors = tensorsOf(fixture);
  damage(tensors);
  const { model } = await open(tensors, configOf(fixture));
  expect(packedOf(model).map(w => w.name)).toEqual(['model.layers.1.mlp.down_proj.weight']);
  expect(model.findings.map(f => [f.severity, f.tensor])).toEqual([['warning', `${q}.qweight`]]);
  const stored = Object.keys(tensors).filter(n => n.startsWith(q));
  expect(model.weights.map(w => w.name)).toEqual(expect.arrayContaining(stored));
});
