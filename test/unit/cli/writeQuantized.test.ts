import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModel } from '../../../src/formats/model';
import { npyHeader } from '../../../src/formats/npyHeader';
import { streamRows } from '../../../src/formats/rows';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { safetensors } from '../formats/build';
import { buildCli, json, outfile, quantscope } from './runCli';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');
const folder = path.join(fixtures, 'golden');
const input = path.join(folder, 'affine.input.safetensors');
const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-out-'));
let folders = 0;
const freshFolder = () => path.join(temp, `out${folders++}`);

beforeAll(buildCli);
afterAll(() => rmSync(temp, { recursive: true, force: true }));

interface Tensor {
  readonly entry: TensorEntry;
  readonly values: Float64Array;
  readonly bytes: Uint8Array;
}

/** All tensors of a file of plain dtypes, as our own reader has them. */
async function read(file: string) {
  const model = await openModel(nodeFileSystem, file);
  const whole = readFileSync(file);
  const tensors = new Map<string, Tensor>();
  for (const entry of model.tensors) {
    const { offset, byteLength } = entry.data;
    const source = await openTensor(nodeFileSystem, entry, whole.length);
    const stream = streamRows(source, entry);
    const values = new Float64Array(entry.count);
    for (const panel of stream.panels())
      for await (const { row, col, data } of stream.tiles(panel))
        values.set(data, row * stream.matrix.cols + col);
    await source.close();
    tensors.set(entry.name, { entry, values, bytes: whole.subarray(offset, offset + byteLength) });
  }
  return { metadata: model.metadata, tensors };
}

interface Output {
  scheme: string;
  tensors: { name: string; mse: number; codesUsed: number }[];
  findings?: { message: string }[];
  written: string[];
}

/** Quantizes to a fresh folder and reads what was written. */
async function written(file: string, scheme: string, ...more: string[]) {
  const out = freshFolder();
  const args = [file, '--scheme', scheme, '--out', out, '--codes', ...more];
  const output = json<Output>('quantize', ...args);
  const [model, codes] = output.written;
  return { output, out, model: await read(model!), codes: await read(codes!) };
}

const float = Math.fround;
/** x^ from the codes file; the segment of each element is told. */
function dequantized(
  codes: Awaited<ReturnType<typeof read>>,
  name: string,
  segment: (i: number) => number,
) {
  const part = (of: string) => codes.tensors.get(`${name}.${of}`)!.values;
  const [q, s, z] = [part('codes'), part('scale'), part('zeroPoint')];
  return q.map((code, i) => float((code - z[segment(i)]!) * s[segment(i)]!));
}

/** Numbers of elements that differ: `expect` on long arrays is slow. */
const differing = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (_, i) => i).filter(i => a[i] !== b[i]);

function safetensorsOf(
  tensors: Record<string, { dtype: string; shape: number[]; data: Uint8Array }>,
) {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = { __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) };
  return safetensors(header, Buffer.concat(Object.values(tensors).map(t => t.data)));
}

const bytesOf = (values: Float32Array | BigInt64Array | Uint16Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const waves = (count: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * i) * 2);

describe('codes, scales and zero points are the golden ones, and the model is what they say', () => {
  interface Case {
    id: number;
    tensor: string;
    bits: number;
    symmetric: boolean;
    granularity: string;
    groupSize?: number;
  }
  const { cases } = JSON.parse(readFileSync(path.join(folder, 'affine.cases.json'), 'utf8')) as {
    cases: Case[];
  };
  const textOf = ({ bits, symmetric, granularity, groupSize }: Case) =>
    `${symmetric ? 'int' : 'uint'}${bits} ${granularity}${groupSize ? `=${groupSize}` : ''}`;
  const chosen = cases.filter(c => c.granularity === 'channel' || c.groupSize === 128);

  test.each([...new Set(chosen.map(textOf))])('%s', async scheme => {
    const of = chosen.filter(c => textOf(c) === scheme);
    const golden = await read(path.join(folder, 'affine.expected.safetensors'));
    const { model, codes } = await written(input, scheme);
    let compared = 0;
    for (const { id, tensor, groupSize = 256 } of of) {
      const group = (i: number) => Math.floor(i / groupSize);
      for (const part of ['codes', 'scale', 'zeroPoint']) {
        const expected = golden.tensors.get(`${id}.${part}`);
        if (!expected) continue;
        compared++;
        const got = codes.tensors.get(`${tensor}.${part}`)!;
        expect(got.entry.dtype).toBe(expected.entry.dtype);
        expect(differing(got.values, expected.values)).toEqual([]);
      }
      const { entry, values } = model.tensors.get(tensor)!;
      const exact = dequantized(codes, tensor, group);
      if (entry.dtype === 'F32') expect(differing(values, exact)).toEqual([]);
    }
    expect(compared).toBeGreaterThanOrEqual(4);
  });

  test('shapes, dtypes, metadata, figures', async () => {
    const { output, model, codes } = await written(input, 'uint4 sym group=100');
    const name = 'model.layers.0.bf16.weight';
    const described = (part: string) => {
      const { dtype, shape } = codes.tensors.get(`${name}.${part}`)!.entry;
      return [dtype, ...shape];
    };
    expect(described('codes')).toEqual(['U8', 24, 256]);
    expect(described('scale')).toEqual(['F32', 24, 3]);
    expect(described('zeroPoint')).toEqual(['I32', 24, 3]);
    expect(codes.metadata).toEqual({ scheme: output.scheme });
    expect(model.tensors.get(name)!.entry).toMatchObject({ dtype: 'BF16', shape: [24, 256] });
    const plain = json<Output>('quantize', input, '--scheme', 'uint4 sym group=100');
    expect(output.tensors).toEqual(plain.tensors);
    expect(plain.written).toBeUndefined();
  });
});

describe('16-bit outputs are the nearest to x^', () => {
  const floatOf: Record<string, (bits: number) => number> = {
    F16: bits => {
      const exponent = (bits >> 10) & 31;
      const fraction = (bits & 1023) / 1024;
      const size = exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction);
      return bits & 0x8000 ? -size : size;
    },
    BF16: bits => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!,
  };

  test.each(['f16', 'bf16'])('%s', async dtype => {
    const name = `model.layers.0.${dtype}.weight`;
    const { model, codes } = await written(input, 'int4 group=32');
    const exact = dequantized(codes, name, i => Math.floor(i / 32));
    const { bytes, entry } = model.tensors.get(name)!;
    const read16 = floatOf[entry.dtype]!;
    const words = Buffer.from(bytes);
    const isNearest = (x: number, i: number) => {
      const bits = words.readUInt16LE(2 * i);
      const distance = (b: number) => Math.abs(read16(b) - x);
      const neighbours = (bits & 0x7fff) === 0 ? [bits + 1] : [bits - 1, bits + 1];
      const own = distance(bits);
      return neighbours.every(b => own < distance(b) || (own === distance(b) && bits % 2 === 0));
    };
    expect([...exact].filter((x, i) => !isNearest(x, i))).toEqual([]);
    expect(differing(exact, model.tensors.get(name)!.values).length).toBeGreaterThan(1000);
  });
});

describe('however the weights that share a scale lie', () => {
  const cols = 400_000; // a row takes two tiles, the tensor more than is held of it
  const file = path.join(temp, 'shapes.safetensors');
  beforeAll(() => {
    const data = bytesOf(waves(3 * cols));
    const long = { dtype: 'F32', shape: [3, cols], data };
    writeFileSync(file, safetensorsOf({ long, tall: { ...long, shape: [3000, 400] } }));
  });

  test.each<[scheme: string, name: string, shape: number[], segment: (i: number) => number]>([
    ['int8 tensor', 'long', [1, 1], () => 0],
    ['uint8 channel', 'long', [3, 1], i => Math.floor(i / cols)],
    ['int5 channel=1', 'tall', [1, 400], i => i % 400],
    [
      'uint4 group=96',
      'long',
      [3, 4167],
      i => Math.floor(i / cols) * 4167 + Math.floor((i % cols) / 96),
    ],
    [
      'int8 block=7x90',
      'tall',
      [429, 5],
      i => Math.floor(i / 400 / 7) * 5 + Math.floor((i % 400) / 90),
    ],
  ])('%s', async (scheme, name, shape, segment) => {
    const { model, codes } = await written(file, scheme, '--tensor', name);
    expect(codes.tensors.get(`${name}.scale`)!.entry.shape).toEqual(shape);
    expect(codes.tensors.get(`${name}.zeroPoint`)!.entry.shape).toEqual(shape);
    const exact = dequantized(codes, name, segment);
    expect(differing(model.tensors.get(name)!.values, exact)).toEqual([]);
  });
});

describe('grids of other kinds', () => {
  const describedAs = async (scheme: string) => {
    const { codes } = await written(input, scheme, '--match', 'f32');
    return Object.fromEntries(
      [...codes.tensors].map(([name, { entry }]) => [name.split('.').at(-1), entry.dtype]),
    );
  };

  test.each([
    ['fp16', { codes: 'U16' }],
    ['nf4 group=64', { codes: 'U8', scale: 'F32', zeroPoint: 'I32' }],
    ['q4_k', { codes: 'U8', scale: 'F32', zeroPoint: 'F32' }],
    ['q8_0', { codes: 'I8', scale: 'F32', zeroPoint: 'I32' }],
    ['hqq int4 group=64', { codes: 'U8', scale: 'F32', zeroPoint: 'F32' }],
    ['int8 asym zero=free', { codes: 'I8', scale: 'F32', zeroPoint: 'F64' }],
    ['mxfp4', { codes: 'U8', scale: 'F32', zeroPoint: 'I32' }],
  ])('%s', async (scheme, dtypes) => expect(await describedAs(scheme)).toEqual(dtypes));

  test('outliers that are kept apart are in the model as they are kept', async () => {
    const { model, codes } = await written(input, 'int4 tensor outliers=1%', '--match', 'f32');
    const name = 'model.layers.0.f32.weight';
    const { values } = model.tensors.get(name)!;
    const kept = differing(
      values,
      dequantized(codes, name, () => 0),
    );
    const original = (await read(input)).tensors.get(name)!.values;
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.length).toBeLessThanOrEqual(61);
    for (const i of kept) expect(Math.abs(values[i]! / original[i]! - 1)).toBeLessThan(2 ** -11);
  });
});

describe('what is not quantized is copied byte for byte', () => {
  const file = path.join(temp, 'mixed.safetensors');
  const tensors = {
    fits: { dtype: 'F32', shape: [2, 256], data: bytesOf(waves(512)) },
    misfit: { dtype: 'F32', shape: [3, 5], data: bytesOf(waves(15)) },
    ids: { dtype: 'I64', shape: [2], data: bytesOf(BigInt64Array.of(2n ** 60n + 1n, -1n)) },
    nan: { dtype: 'F16', shape: [2], data: bytesOf(Uint16Array.of(0x7d01, 0xfe02)) },
    complex: { dtype: 'C64', shape: [2], data: bytesOf(waves(4)) },
    none: { dtype: 'F32', shape: [0, 4], data: new Uint8Array(0) },
  };
  beforeAll(() => writeFileSync(file, safetensorsOf(tensors)));

  const bytesIn = (at: string) => {
    const whole = readFileSync(at);
    const end = 8 + Number(whole.readBigUInt64LE(0));
    const header = JSON.parse(whole.toString('utf8', 8, end));
    const dataOf = (name: string) => {
      const [from, to] = header[name].data_offsets as [number, number];
      return { ...header[name], data: new Uint8Array(whole.subarray(end + from, end + to)) };
    };
    return { header, dataOf };
  };

  test('tensors of other dtypes, those that do not fit and those that were not chosen', () => {
    const out = freshFolder();
    const run = json<Output>('quantize', file, '--scheme', 'q4_k', '--out', out, '--match', 'i');
    expect(run.tensors.map(t => t.name)).toEqual(['fits']);
    expect(run.findings?.map(f => f.message)).toEqual([
      '"misfit" is left out: q4_k packs blocks of 256 weights, and its rows have 5',
    ]);
    const { header, dataOf } = bytesIn(path.join(out, 'mixed.safetensors'));
    expect(Object.keys(header).sort()).toEqual(['__metadata__', ...Object.keys(tensors)].sort());
    expect(header.__metadata__).toEqual({ format: 'pt' });
    for (const [name, { data, ...described }] of Object.entries(tensors)) {
      expect(dataOf(name)).toMatchObject(described);
      expect(Buffer.compare(dataOf(name).data, data) === 0, name).toBe(name !== 'fits');
    }
  });

  test('a tensor that was asked for by name and does not fit is an error', () => {
    const run = quantscope('quantize', file, '--scheme', 'q4_k', '--tensor', 'misfit');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/tensor "misfit": q4_k packs blocks of 256 weights/);
  });

  test('.npy of any order becomes a .safetensors; complex128 is left out with a word', async () => {
    const out = freshFolder();
    const npy = (name: string) => path.join(fixtures, 'npy', name);
    json('quantize', npy('i2-le-F.npy'), '--scheme', 'int8', '--out', out);
    json('quantize', npy('i4-be-C.npy'), '--scheme', 'int8', '--out', out);
    for (const name of ['i2-le-F', 'i4-be-C']) {
      const { dataOf } = bytesIn(path.join(out, `${name}.safetensors`));
      const plain = readFileSync(npy(`${name.slice(0, 2)}-le-C.npy`));
      expect(Buffer.compare(dataOf(name).data, plain.subarray(128))).toBe(0);
    }
    const complex = path.join(temp, 'complex.npy');
    writeFileSync(complex, Buffer.concat([npyHeader('<c16', [1]), Buffer.alloc(16)]));
    const table = quantscope('quantize', complex, '--scheme', 'int8', '--out', out).stdout;
    expect(table).toContain('note: "complex" is not written: safetensors has no complex128 (C128)');
    expect(table).toContain(`written ${path.join(out, 'complex.safetensors')}\n`);
    expect((await read(path.join(out, 'complex.safetensors'))).tensors.size).toBe(0);
  });

  test('a .npz, and float64 that stays float64', async () => {
    const { model, codes } = await written(path.join(fixtures, 'npy/deflated.npz'), 'int8 channel');
    expect([...model.tensors.values()].map(t => t.entry.dtype).sort()).toEqual(['F32', 'I64']);
    expect([...codes.tensors.keys()].sort()).toEqual([
      'weight.codes',
      'weight.scale',
      'weight.zeroPoint',
    ]);
    const wide = await written(path.join(fixtures, 'npy/f8-be-F.npy'), 'int8 tensor');
    const { entry, values } = wide.model.tensors.get('f8-be-F')!;
    expect(entry.dtype).toBe('F64');
    expect(
      differing(
        values,
        dequantized(wide.codes, 'f8-be-F', () => 0),
      ),
    ).toEqual([]);
  });
});

describe('a sharded model', () => {
  const dir = path.join(temp, 'sharded');
  const shards = ['model-1-of-2.safetensors', 'sub/model-2-of-2.safetensors'];
  beforeAll(() => {
    mkdirSync(path.join(dir, 'sub'), { recursive: true });
    const weight_map: Record<string, string> = {};
    shards.forEach((shard, i) => {
      weight_map[`w${i}`] = shard;
      const w = { dtype: 'F32', shape: [2, 64], data: bytesOf(waves(128)) };
      writeFileSync(path.join(dir, shard), safetensorsOf({ [`w${i}`]: w }));
    });
    const index = { metadata: { total_size: 1024 }, weight_map };
    writeFileSync(path.join(dir, 'model.safetensors.index.json'), JSON.stringify(index, null, 1));
  });

  test('keeps its shards and its index', async () => {
    const out = freshFolder();
    const run = json<Output>('quantize', dir, '--scheme', 'int8', '--out', out, '--codes');
    const index = path.join(out, 'model.safetensors.index.json');
    const names = shards.flatMap(s => [s, s.replace('.safetensors', '.codes.safetensors')]);
    expect(run.written).toEqual([...names.map(n => path.join(out, n)), index]);
    expect(readFileSync(index)).toEqual(readFileSync(path.join(dir, path.basename(index))));
    const model = await openModel(nodeFileSystem, index);
    expect(model.findings).toEqual([]);
    expect(model.tensors.map(t => t.name)).toEqual(['w0', 'w1']);
    for (const [i, shard] of shards.entries()) {
      const { tensors, metadata } = await read(path.join(out, shard));
      const codes = await read(path.join(out, names[2 * i + 1]!));
      expect(metadata).toEqual({ format: 'pt' });
      const exact = dequantized(codes, `w${i}`, k => Math.floor(k / 64));
      expect(differing(tensors.get(`w${i}`)!.values, exact)).toEqual([]);
    }
  });
});

describe('files that exist', () => {
  const quantize = (out: string, ...more: string[]) =>
    quantscope('quantize', input, '--scheme', 'int8', '--out', out, ...more);

  test('are only replaced with --force, and before anything is computed', () => {
    const out = freshFolder();
    mkdirSync(out);
    const target = path.join(out, 'affine.input.codes.safetensors');
    writeFileSync(target, 'mine');
    expect(quantize(out, '--codes')).toEqual({
      code: 1,
      stdout: '',
      stderr: `quantscope: ${target}: the file exists; --force replaces it\n`,
    });
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect(readdirSync(out)).toEqual([path.basename(target)]);
    expect(quantize(out, '--codes', '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(target).length).toBeGreaterThan(18_432);
    expect(readdirSync(out)).toHaveLength(2);
  });

  test('are never those being read, also with --force and through a link', () => {
    const dir = freshFolder();
    mkdirSync(dir);
    const own = path.join(dir, 'own.safetensors');
    copyFileSync(input, own);
    const linked = freshFolder();
    mkdirSync(linked);
    symlinkSync(own, path.join(linked, 'own.safetensors'));
    for (const out of [dir, linked]) {
      const run = quantscope('quantize', own, '--scheme', 'int8', '--out', out, '--force');
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/own\.safetensors: this is the file being read/);
    }
    expect(readFileSync(own).equals(readFileSync(input))).toBe(true);
  });

  test('a target that is a folder, or whose folder cannot be made, is one clear line', () => {
    const out = freshFolder();
    mkdirSync(path.join(out, 'affine.input.safetensors'), { recursive: true });
    expect(quantize(out, '--force').stderr).toMatch(/cannot be written: it is a folder\n$/);
    const file = path.join(temp, 'file');
    writeFileSync(file, '');
    expect(quantize(file).stderr).toMatch(
      /cannot be written: a part of its path is not a folder\n$/,
    );
  });

  test('--codes and --force need --out', () => {
    for (const option of ['--codes', '--force']) {
      const run = quantscope('quantize', input, '--scheme', 'int8', option);
      expect(run.code).toBeGreaterThan(0);
      expect(run.stderr).toMatch(/--out/);
    }
  });
});

describe('a run that does not end leaves nothing behind', () => {
  test.skipIf(process.platform === 'win32')('interrupted', async () => {
    const file = path.join(temp, 'sparse.npy');
    const bytes = npyHeader('<f4', [64, 2 ** 20]);
    writeFileSync(file, bytes);
    truncateSync(file, bytes.length + 2 ** 28);
    const out = freshFolder();
    mkdirSync(out);
    const watcher = watch(out);
    const args = ['quantize', file, '--scheme', 'int8 group=32', '--out', out, '--codes'];
    const child = spawn(process.execPath, [outfile, ...args], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await once(watcher, 'change'); // the first temporary file is there
    watcher.close();
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(readdirSync(out)).toEqual([]);
    rmSync(file);
  });

  test.skipIf(!existsSync('/bin/bash'))('without room', () => {
    const out = freshFolder();
    const command = `ulimit -f 8; exec "${process.execPath}" "${outfile}" quantize "${input}" --scheme int8 --out "${out}"`;
    const run = spawnSync('/bin/bash', ['-c', command], { encoding: 'utf8' });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toBe(
      `quantscope: ${path.join(out, 'affine.input.safetensors')}: cannot be written: the file becomes too large\n`,
    );
    expect(readdirSync(out)).toEqual([]);
  });
});

test('codes of an earlier run that are left beside a new model are told of', async () => {
  const out = freshFolder();
  json<Output>('quantize', input, '--scheme', 'int8', '--out', out, '--codes');
  const { findings } = json<Output>('quantize', input, '--scheme', 'int4', '--out', out, '--force');
  expect(findings?.some(f => /codes\.safetensors is of an earlier run/.test(f.message))).toBe(true);
});
