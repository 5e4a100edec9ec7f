import { expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { NotedDecoder } from '../../../src/checkpoints/qweight';
import { codesOf, openFile, packedOf, valuesOf, withDecoder } from './fixture';
import {
  configOf,
  floats,
  numbers,
  rowsOf,
  streamWords,
  type Tensors,
  tensorsOf,
  turned,
  words,
  writeModel,
} from './qweightFiles';

type Pack = (codes: readonly number[], bits: number) => number[];

/** Planes of these widths, by bits, as GPTQModel's document lists them. */
const planes: Readonly<Record<number, readonly number[]>> = {
  ...{ 2: [2], 3: [2, 1], 4: [4], 5: [4, 1], 6: [4, 2], 7: [4, 2, 1], 8: [8] },
};

const planarWords: Pack = (codes, bits) =>
  rowsOf(codes, 32).flatMap(block => {
    let low = 0;
    return planes[bits]!.flatMap(width => {
      const plane = block.map(code => Math.floor(code / 2 ** low) % 2 ** width);
      low += width;
      return streamWords(plane, width);
    });
  });

interface Made {
  readonly bits: number;
  readonly inner: number;
  readonly out: number;
  /** [out, in] */
  readonly codes: readonly number[];
  /** [groups, out], as stored */
  readonly zeros: readonly number[];
  readonly pack?: Pack;
  readonly index?: readonly number[];
}

/** A module `m` of scales 1, 1/2, 1/3 ..., row after row of [groups, out]. */
function moduleOf({ bits, inner, out, codes, zeros, pack = streamWords, index }: Made): Tensors {
  const groups = zeros.length / out;
  const columns = rowsOf(codes, inner).map(row => pack(row, bits));
  const packedZeros = rowsOf(zeros, out).flatMap(row => pack(row, bits));
  const height = columns[0]!.length;
  return {
    'm.qweight': words([height, out], turned(columns.flat(), height)),
    'm.qzeros': words([groups, packedZeros.length / groups], packedZeros),
    'm.scales': floats(
      [groups, out],
      zeros.map((_, i) => 1 / (i + 1)),
    ),
    ...(index && { 'm.g_idx': words([inner], index) }),
  };
}

/** Values by the formula alone. @param zeros [groups, out], as applied */
function formula(
  { inner, out, codes }: Made,
  zeros: readonly number[],
  group: (k: number) => number,
) {
  return codes.map((code, i) => {
    const param = group(i % inner) * out + Math.floor(i / inner);
    return Math.fround(Math.fround(1 / (param + 1)) * (code - zeros[param]!));
  });
}

async function open(tensors: Tensors, config: Record<string, unknown> | null) {
  const model = await openFile(writeModel(tensors, config));
  return { model, weight: packedOf(model)[0]! };
}

const paramsOf = (weight: Parameters<typeof withDecoder>[0]) =>
  withDecoder(weight, async d => ({ ...d.params, notes: (d as NotedDecoder).notes }));

/** Zero points of [groups, out] from parameters of [out, groups]. */
const zerosOf = async (weight: Parameters<typeof withDecoder>[0]) => {
  const { zeroPoint, shape } = await paramsOf(weight);
  return turned([...zeroPoint!], shape[1]!);
};

const made = (bits: number, pack: Pack): Made => ({
  ...{ bits, inner: 96, out: 64, pack },
  codes: numbers(96 * 64, 2 ** bits),
  zeros: numbers(3 * 64, 2 ** bits, 7),
});

const widths = [
  ...[2, 3, 4, 8].map(bits => [bits, 'gptq_v2', streamWords] as const),
  ...[2, 3, 4, 5, 6, 7, 8].map(bits => [bits, 'gptq_p', planarWords] as const),
];

test.each(widths)('%i bits, %s: codes, zero points and values', async (bits, format, pack) => {
  const it = made(bits, pack);
  const { model, weight } = await open(moduleOf(it), { bits, checkpoint_format: format });
  expect(weight.packed).toMatchObject({ bits, groupSize: 32 });
  expect([...(await codesOf(weight, 7))]).toEqual(it.codes);
  expect(await zerosOf(weight)).toEqual(it.zeros);
  const values = formula(it, it.zeros, k => Math.floor(k / 32));
  expect([...(await valuesOf(model, 'm.weight'))]).toEqual(values);
});

const storedOf = (zeros: readonly number[], bits: number) => {
  const ones = (2 ** 32 - 1) / (2 ** bits - 1);
  return streamWords(zeros, bits).map(w => (w - ones) >>> 0);
};

test.each([2, 4, 8])('%i bits, v1: a zero point of 0 borrows from its neighbour', async bits => {
  const it = made(bits, streamWords);
  const zeros = it.zeros.map((z, i) => (i % 5 === 1 ? 0 : z));
  const tensors = moduleOf(it);
  const stored = rowsOf(zeros, 64).flatMap(row => storedOf(row, bits));
  tensors['m.qzeros'] = words(tensors['m.qzeros']!.shape, stored);
  const { weight } = await open(tensors, { bits, checkpoint_format: 'gptq' });
  expect(await zerosOf(weight)).toEqual(zeros);
});

test('3 bits, v1: zero points wrap field by field', async () => {
  const it = made(3, streamWords);
  const { weight } = await open(moduleOf(it), { bits: 3, checkpoint_format: 'gptq' });
  expect(await zerosOf(weight)).toEqual(it.zeros.map(z => (z + 1) % 8));
});

/** A 4-bit module whose words of zero points are all `fields`. */
function withZeroWords(fields: number): Tensors {
  const tensors = moduleOf(made(4, streamWords));
  const { shape } = tensors['m.qzeros']!;
  tensors['m.qzeros'] = words(shape, new Array<number>(shape[0]! * shape[1]!).fill(fields));
  return tensors;
}

const gptqModel = { checkpoint_format: 'gptq', meta: { quantizer: ['gptqmodel:5.0.0'] } };

test.each([
  [
    'AutoGPTQ overwrote the upper half',
    0xffff7777,
    { checkpoint_format: 'gptq' },
    /24 of 24 words/,
  ],
  ['one field of ones', 0x777f7777, { checkpoint_format: 'gptq' }, null],
  ['ones at the top only', 0xf7777777, { checkpoint_format: 'gptq' }, null],
  ['GPTQModel borrows', 0xffff7777, gptqModel, null],
  ['v2 has them as they are', 0xffff7777, { checkpoint_format: 'gptq_v2' }, null],
  ['symmetric v1', 0x77777777, { checkpoint_format: 'gptq', sym: true }, null],
  ['said to be symmetric', 0x77777767, { checkpoint_format: 'gptq', sym: true }, /24 of 192 zero/],
  ['no config, symmetric v1', 0x77777777, null, null],
  ['no config, symmetric v2', 0x88888888, null, /symmetric as stored/],
  ['no config, asymmetric', 0x76777777, null, /plus 1/],
  ['an old config', 0x76777777, { quant_method: 'gptq', bits: 4 }, null],
])('notes on zero points: %s', async (_, fields, config, note) => {
  const { weight } = await open(withZeroWords(fields), config);
  const { notes } = await paramsOf(weight);
  expect(notes).toEqual(note ? [expect.stringMatching(note)] : []);
});

test('3 bits: words that AutoGPTQ overwrote are noted, straddling fields are not', async () => {
  const it = made(3, streamWords);
  const tensors = moduleOf({ ...it, zeros: it.zeros.map(() => 3) });
  const stored = rowsOf(it.zeros, 64).flatMap(() => streamWords(new Array<number>(64).fill(3), 3));
  const config = { bits: 3, checkpoint_format: 'gptq' };
  stored[0]! |= 0xc0000000; // field 10's two bits in this word: no whole field
  tensors['m.qzeros'] = words(tensors['m.qzeros']!.shape, stored);
  expect((await paramsOf((await open(tensors, config)).weight)).notes).toEqual([]);
  stored[0] = (stored[0]! | (-1 << 15)) >>> 0; // field 5 is -1
  stored[1] = (stored[1]! | (-1 << 28)) >>> 0; // field 20 is -1
  tensors['m.qzeros'] = words(tensors['m.qzeros']!.shape, stored);
  const { notes } = await paramsOf((await open(tensors, config)).weight);
  expect(notes).toEqual([expect.stringMatching(/^2 of 18 words/)]);
});

test('without a format, symmetric zero points are direct and others plus one', async () => {
  const v2 = await open(withZeroWords(0x88888888), null);
  expect(new Set(await zerosOf(v2.weight))).toEqual(new Set([8]));
  const v1 = await open(withZeroWords(0x76777777), null);
  expect(new Set(await zerosOf(v1.weight))).toEqual(new Set([8, 7]));
});

test('g_idx gives each column its group', async () => {
  const index = numbers(96, 3, 3);
  const it: Made = { ...made(4, streamWords), index };
  const config = { desc_act: true, checkpoint_format: 'gptq_v2' };
  const { model, weight } = await open(moduleOf(it), config);
  expect(weight.packed.scheme).toBe('GPTQ 4-bit, group 32, act-order (v2)');
  const values = formula(it, it.zeros, k => index[k]!);
  expect([...(await valuesOf(model, 'm.weight', 4))]).toEqual(values);
  expect([...(await paramsOf(weight)).groupIndex!]).toEqual(index);
});

test('g_idx of zeros only, as old files have it, means groups in order', async () => {
  const it: Made = { ...made(4, streamWords), index: new Array<number>(96).fill(0) };
  const { model, weight } = await open(moduleOf(it), { checkpoint_format: 'gptq_v2' });
  const values = formula(it, it.zeros, k => Math.floor(k / 32));
  expect([...(await valuesOf(model, 'm.weight'))]).toEqual(values);
  expect((await paramsOf(weight)).groupIndex).toBeNull();
});

test('the last group may be shorter where the config says so', async () => {
  const it: Made = { ...made(4, streamWords), zeros: numbers(2 * 64, 16, 5) };
  const config = { bits: 4, group_size: 64, checkpoint_format: 'gptq_v2' };
  const { model, weight } = await open(moduleOf(it), config);
  expect(weight.packed.groupSize).toBe(64);
  const values = formula(it, it.zeros, k => Math.floor(k / 64));
  expect([...(await valuesOf(model, 'm.weight', 4))]).toEqual(values);
});

test('shapes decide where the config says other bits and groups', async () => {
  const config = { bits: 8, group_size: 128, checkpoint_format: 'gptq_v2' };
  const { weight } = await open(moduleOf(made(4, streamWords)), config);
  expect(weight.packed.scheme).toBe('GPTQ 4-bit, group 32 (v2)');
});

test.each([96, -1])('a group of %i, out of range, is an error that says where', async group => {
  const index = numbers(96, 3);
  index[40] = group;
  const { weight, model } = await open(moduleOf({ ...made(4, streamWords), index }), null);
  const refusal = await valuesOf(model, 'm.weight').catch((e: unknown) => e);
  expect(WeightError.is(refusal, 'malformed')).toBe(true);
  expect(String(refusal)).toContain('column 40');
  expect(weight.packed.parts.g_idx!.entry.name).toBe('m.g_idx');
});

test('a scale that is NaN is noted, and its weights are NaN', async () => {
  const tensors = moduleOf(made(4, streamWords));
  new DataView(tensors['m.scales']!.bytes.buffer).setFloat32(0, Number.NaN, true);
  const { model, weight } = await open(tensors, { checkpoint_format: 'gptq_v2' });
  expect((await paramsOf(weight)).notes).toEqual([expect.stringContaining('1 of 192 scales')]);
  const values = await valuesOf(model, 'm.weight');
  expect([...values].map(Number.isNaN)).toEqual([...values].map((_, i) => i < 32));
});

const q = 'model.layers.0.self_attn.q_proj';
const drop = (t: Tensors, role: string) => {
  delete t[`${q}.${role}`];
};
/** Takes rows from the end of a matrix, or elements from a vector. */
const shorten = (t: Tensors, role: string) => {
  const it = t[`${q}.${role}`]!;
  const [rows = 1] = it.shape;
  it.bytes = it.bytes.slice(0, (it.bytes.length / rows) * (rows - 1));
  it.shape = [rows - 1, ...it.shape.slice(1)];
};
/** Takes the last column. */
const narrow = (t: Tensors, role: string, size: number) => {
  const it = t[`${q}.${role}`]!;
  const [rows, columns] = it.shape as [number, number];
  const kept = rowsOf([...it.bytes], columns * size).map(row => row.slice(0, -size));
  Object.assign(it, { shape: [rows, columns - 1], bytes: Uint8Array.from(kept.flat()) });
};
const retype = (t: Tensors, role: string, dtype: string) => {
  t[`${q}.${role}`]!.dtype = dtype;
};

test.each<[string, (t: Tensors) => void, string]>([
  ['scales missing', t => drop(t, 'scales'), 'scales'],
  ['qzeros missing', t => drop(t, 'qzeros'), 'qzeros'],
  ['qweight one row short', t => shorten(t, 'qweight'), 'qweight [31, 64]'],
  ['qweight one column short', t => narrow(t, 'qweight', 4), 'qweight [32, 63]'],
  ['scales one row short', t => shorten(t, 'scales'), 'scales [7, 64]'],
  ['scales one column short', t => narrow(t, 'scales', 2), 'scales [8, 63]'],
  ['qzeros one row short', t => shorten(t, 'qzeros'), 'qzeros [7, 8]'],
  ['qzeros one column short', t => narrow(t, 'qzeros', 4), 'qzeros [8, 7]'],
  ['g_idx one short', t => shorten(t, 'g_idx'), 'g_idx [255]'],
  ['qweight of floats', t => retype(t, 'qweight', 'F32'), 'dtype F32'],
  ['qzeros of floats', t => retype(t, 'qzeros', 'F32'), 'dtype F32'],
  ['g_idx of floats', t => retype(t, 'g_idx', 'F32'), 'dtype F32'],
  ['scales of integers', t => retype(t, 'scales', 'I16'), 'dtype I16'],
])('%s: a finding, and the stored tensors stay', async (_, damage, told) => {
  const fixture = 'gptq-4bit-g32-asym-actorder';
  const tensors = tensorsOf(fixture);
  damage(tensors);
  const { model } = await open(tensors, configOf(fixture));
  expect(packedOf(model).map(w => w.name)).toEqual(['model.layers.1.mlp.down_proj.weight']);
  expect(model.findings.map(f => [f.severity, f.tensor])).toEqual([['warning', `${q}.qweight`]]);
  expect(model.findings[0]!.message).toContain(told);
  const stored = Object.keys(tensors).filter(n => n.startsWith(q));
  expect(model.weights.map(w => w.name)).toEqual(expect.arrayContaining(stored));
});

test('a format that is not known is a finding', async () => {
  const config = { quant_method: 'gptq', checkpoint_format: 'bitblas' };
  const { model } = await open(moduleOf(made(4, streamWords)), config);
  expect(packedOf(model)).toEqual([]);
  expect(model.findings[0]!.message).toContain('"bitblas"');
});

test('a float tensor that is called qweight is left alone', async () => {
  const { model } = await open({ 'm.qweight': floats([2, 2], [1, 2, 3, 4]) }, null);
  expect([model.findings, model.weights.map(w => w.name)]).toEqual([[], ['m.qweight']]);
});
