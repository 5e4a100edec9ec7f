import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFloat16 } from '../../../src/base/float16';
import { openWeights } from '../../../src/checkpoints/model';
import { parseScheme, printScheme } from '../../../src/quant/schemeText';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor } from '../../../src/worker/handlers';
import type { WriteFormat } from '../../../src/write/plan';
import { sizeOf } from '../../../src/write/readBack';
import { type WriteMeans, writeQuantized } from '../../../src/write/writeQuantized';
import { buildCli, json, quantscope } from '../cli/runCli';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/checkpoints');
const original = (folder: string) => path.join(fixtures, folder, 'original.safetensors');
const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-ct-'));
let folders = 0;
const freshFolder = () => path.join(temp, `out${folders++}`);

beforeAll(buildCli);
afterAll(() => rmSync(temp, { recursive: true, force: true }));

interface Stored {
  readonly dtype: string;
  readonly shape: number[];
  readonly bytes: Buffer;
}

/** The tensors of a safetensors file, read here by its description and not by our reader. */
function stored(file: string): Record<string, Stored> {
  const whole = readFileSync(file);
  const start = 8 + Number(whole.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(whole.toString('utf8', 8, start));
  return Object.fromEntries(
    Object.entries(header).map(([name, info]) => {
      const { dtype, shape, data_offsets } = info as {
        dtype: string;
        shape: number[];
        data_offsets: [number, number];
      };
      const [from, to] = data_offsets;
      return [name, { dtype, shape, bytes: whole.subarray(start + from, start + to) }];
    }),
  );
}

const described = (file: string) =>
  Object.fromEntries(
    Object.entries(stored(file)).map(([n, { dtype, shape }]) => [n, { dtype, shape }]),
  );

const configOf = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')).quantization_config;

function floats({ dtype, bytes }: Stored): number[] {
  const count = bytes.length / (dtype === 'F32' ? 4 : 2);
  return Array.from({ length: count }, (_, i) => {
    if (dtype === 'F32') return bytes.readFloatLE(4 * i);
    const word = bytes.readUInt16LE(2 * i);
    if (dtype === 'F16') return fromFloat16(word);
    return new Float32Array(Uint32Array.of(word << 16).buffer)[0]!;
  });
}

/** E4M3 by its definition; its NaN does not occur here. */
function e4m3(byte: number): number {
  const [exponent, fraction] = [(byte >> 3) & 15, (byte & 7) / 8];
  const size = exponent === 0 ? 2 ** -6 * fraction : 2 ** (exponent - 7) * (1 + fraction);
  return byte & 0x80 ? -size : size;
}

interface Decoded {
  /** Signed; of FP8 the level. */
  readonly code: number;
  readonly zero: number;
  readonly scale: number;
}

/** Every weight of a module, decoded here from what is stored. */
function decoded(tensors: Record<string, Stored>, module: string, bits: number): Decoded[] {
  const part = (name: string) => tensors[`${module}.${name}`];
  const plain = part('weight');
  const scale = part('weight_scale')!;
  const scales = floats(scale);
  const size = part('weight_shape')?.bytes;
  const shape = size ? [0, 8].map(at => Number(size.readBigInt64LE(at))) : plain!.shape;
  const [out, columns] = shape as [number, number];
  const groups = scale.shape[1] ?? 1;
  const perWord = 32 / bits;
  const field = (words: Buffer, word: number, place: number) =>
    ((words.readUInt32LE(4 * word) >>> (bits * place)) & (2 ** bits - 1)) - 2 ** (bits - 1);
  const zeroAt = (row: number, group: number) => {
    const zero = part('weight_zero_point');
    if (!zero) return 0;
    if (zero.dtype === 'I8') return zero.bytes.readInt8(row * groups + group);
    return field(zero.bytes, Math.floor(row / perWord) * groups + group, row % perWord);
  };
  const codeAt = (row: number, col: number) => {
    if (plain?.dtype === 'I8') return plain.bytes.readInt8(row * columns + col);
    if (plain) return e4m3(plain.bytes[row * columns + col]!);
    const words = Math.ceil(columns / perWord);
    const word = row * words + Math.floor(col / perWord);
    return field(part('weight_packed')!.bytes, word, col % perWord);
  };
  return Array.from({ length: out * columns }, (_, i) => {
    const [row, col] = [Math.floor(i / columns), i % columns];
    const group = Math.floor(col / (columns / groups));
    const at = scales.length === 1 ? 0 : row * groups + group;
    return { code: codeAt(row, col), zero: zeroAt(row, group), scale: scales[at]! };
  });
}

const cases = [
  ['ct-int4-g128-sym', 'int4 group=128 scale=bf16', 4],
  ['ct-int4-g128-asym', 'uint4 asym group=128 scale=bf16', 4],
  ['ct-int4-g128-asym', 'int4 asym group=128 scale=bf16', 4],
  ['ct-int8-channel', 'int8 channel scale=bf16', 8],
  ['ct-int8-channel-asym', 'int8 asym channel scale=bf16', 8],
  ['ct-fp8-channel', 'fp8-e4m3 channel scale=bf16', 8],
  ['ct-fp8-tensor', 'fp8-e4m3 tensor scale=bf16', 8],
] as const;

describe.each(cases)('%s from its original by %s', (folder, scheme, bits) => {
  const out = freshFolder();
  const file = path.join(out, 'original.safetensors');
  beforeAll(() => {
    const args = [original(folder), '--scheme', scheme, '--out', out];
    json('quantize', ...args, '--format', 'compressed-tensors');
  });

  test('has the names, dtypes and shapes that the library writes', () => {
    expect(described(file)).toEqual(described(path.join(fixtures, folder, 'model.safetensors')));
  });

  test('has the config that the library writes', () => {
    // Its example model has a head that is left out; here every module is quantized.
    expect(configOf(out)).toEqual({ ...configOf(path.join(fixtures, folder)), ignore: [] });
  });

  test('holds the nearest codes to the original under scales of its extremes', () => {
    const [tensors, from] = [stored(file), stored(original(folder))];
    for (const module of ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj']) {
      const weights = decoded(tensors, module, bits);
      const own = floats(from[`${module}.weight`]!);
      const perScale = own.length / floats(tensors[`${module}.weight_scale`]!).length;
      const isFloat = scheme.startsWith('fp8');
      const wrong = weights.filter(({ code, zero, scale }, i) => {
        const start = i - (i % perScale);
        if (i === start && !isScale(scale, own.slice(start, start + perScale), scheme)) return true;
        const v = Math.fround(own[i]! / scale);
        if (isFloat) return code !== nearestE4m3(v);
        const lowest = -(2 ** (bits - 1)) + (scheme.includes('asym') ? 0 : 1);
        return code !== Math.min(Math.max(halfEven(v) + zero, lowest), 2 ** (bits - 1) - 1);
      });
      expect(wrong).toEqual([]);
    }
  });
});

/** Whether a scale is the nearest bfloat16 of what the extremes of its weights ask for; of nothing but zeros it is 1. */
function isScale(scale: number, weights: readonly number[], scheme: string): boolean {
  const [lo, hi] = [Math.min(...weights, 0), Math.max(...weights, 0)];
  const most = Math.max(hi, -lo);
  const steps = scheme.startsWith('fp8') ? 448 : scheme.includes('int4') ? 7 : 127;
  const exact = scheme.includes('asym') ? (hi - lo) / (2 * steps + 1) : most / steps;
  return exact === 0 ? scale === 1 : Math.abs(scale - exact) <= exact * 2 ** -8;
}

function halfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const finite = Array.from({ length: 127 }, (_, byte) => byte);

/** A tie goes to the even byte. */
function nearestE4m3(v: number): number {
  const size = Math.abs(v);
  const away = (byte: number) => Math.abs(e4m3(byte) - size);
  const best = finite.reduce((a, b) =>
    away(b) < away(a) || (away(b) === away(a) && b % 2 === 0) ? b : a,
  );
  return e4m3(v < 0 || Object.is(v, -0) ? best | 0x80 : best);
}

test('what the format cannot hold is refused, with what it can', () => {
  const refused = ['nf4 group=64', 'int4 outliers=1%', 'uint4 sym', 'int4 tensor', 'int3 group=64'];
  for (const scheme of refused) {
    const args = ['--scheme', scheme, '--out', freshFolder(), '--format', 'compressed-tensors'];
    const run = quantscope('quantize', original('ct-int8-channel'), ...args);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/cannot be written: compressed-tensors holds int4 and int8/);
  }
});

test('a config.json of the model is kept, and what is left is named', () => {
  const [from, out] = [freshFolder(), freshFolder()];
  mkdirSync(from);
  const model = path.join(from, 'model.safetensors');
  copyFileSync(original('ct-int8-channel'), model);
  copyFileSync(path.join(fixtures, 'ct-int8-channel/config.json'), path.join(from, 'config.json'));
  const args = [model, '--scheme', 'int8', '--out', out, '--match', 'q_proj'];
  const { findings } = json<{ findings: { message: string }[] }>(
    'quantize',
    ...args,
    ...['--format', 'compressed-tensors'],
  );
  const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ model_type: 'llama', architectures: ['LlamaForCausalLM'] });
  expect(config.quantization_config.ignore).toEqual(['model.layers.1.mlp.down_proj']);
  const [was, is] = [stored(model), stored(path.join(out, 'model.safetensors'))];
  const left = 'model.layers.1.mlp.down_proj.weight';
  expect(is[left]!.bytes.equals(was[left]!.bytes)).toBe(true);
  expect(findings.map(f => f.message).join()).toMatch(/tokenizer and other files/);
});

test('a file that reads back otherwise than it was written leaves nothing behind', async () => {
  for (const format of ['fake', 'compressed-tensors'] as const) {
    const out = freshFolder();
    await expect(writeThrough(out, format)).rejects.toThrow(/was read back otherwise/);
    expect(readdirSync(out)).toEqual([]);
  }
});

/** Writes a model through a file system that turns one bit of what was written around, in the last byte. */
async function writeThrough(out: string, format: WriteFormat) {
  const file = original('ct-int8-channel');
  const model = await openWeights(nodeFileSystem, file);
  const scheme = parseScheme('int8');
  const means: WriteMeans<null> = {
    files: { ...nodeFileSystem, open: openDamaged },
    async analyze(entry, { progress, ...watch }) {
      const fileSize = sizeOf(model, entry);
      const request = { entry, fileSize, sigma: 6, schemes: [printScheme(scheme)] };
      await analyzeTensor(nodeFileSystem, request, { progress, ...watch });
      return null;
    },
    async eachTensor(jobs, visit) {
      for (const job of jobs) await visit(job, () => {});
    },
  };
  const chosen = new Set(model.weights);
  const wanted = { scheme, out, format, chosen, codes: false, force: false };
  return writeQuantized({ file, model }, wanted, means);
}

async function openDamaged(file: string) {
  const source = await nodeFileSystem.open(file);
  if (!file.endsWith('.partial')) return source;
  return {
    ...source,
    async read(offset: number, into: Uint8Array, signal?: AbortSignal) {
      await source.read(offset, into, signal);
      const last = source.size - 1 - offset;
      if (last < into.length) into[last]! ^= 1;
    },
  };
}

const python = process.env.PYTHON ?? 'python3';
const hasLibrary = spawnSync(python, ['-c', 'import safetensors, numpy']).status === 0;

test.skipIf(!hasLibrary)('the safetensors library loads it', () => {
  const out = freshFolder();
  const args = [original('ct-int4-g128-asym'), '--scheme', 'uint4 asym group=128', '--out', out];
  json('quantize', ...args, '--format', 'compressed-tensors');
  const file = path.join(out, 'original.safetensors');
  const program =
    'import json, sys; from safetensors.numpy import load_file\n' +
    'print(json.dumps({k: [v.dtype.name, list(v.shape)] for k, v in load_file(sys.argv[1]).items()}))';
  const run = spawnSync(python, ['-c', program, file], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toMatchObject({
    'model.layers.0.self_attn.q_proj.weight_packed': ['int32', [40, 32]],
    'model.layers.0.self_attn.q_proj.weight_scale': ['float32', [40, 2]],
    'model.layers.0.self_attn.q_proj.weight_shape': ['int64', [2]],
    'model.layers.0.self_attn.q_proj.weight_zero_point': ['int32', [5, 2]],
  });
});
