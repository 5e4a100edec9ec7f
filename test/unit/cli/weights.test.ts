import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFixture, valuesOf } from '../checkpoints/fixture';
import { buildCli, quantscope } from './runCli';

const fixtures = path.join(import.meta.dirname, '../../fixtures/checkpoints');
const fixture = 'gptq-4bit-g128-sym';
const folder = path.join(fixtures, fixture);
const model = path.join(folder, 'model.safetensors');
const weight = 'model.layers.0.self_attn.q_proj.weight';
const expected = async (name: string) =>
  valuesOf(await openFixture(fixture, 'expected.safetensors'), name);

const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-weights-'));
beforeAll(buildCli, 60_000);
afterAll(() => rmSync(temp, { recursive: true }));

function json(...args: string[]) {
  const { code, stdout, stderr } = quantscope(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('a checkpoint that is quantized already', () => {
  test('tensors: what is stored, and the weights that it makes', () => {
    const { tensors, weights } = json('tensors', model);
    expect(tensors.map((t: { name: string }) => t.name)).toContain(
      'model.layers.0.self_attn.q_proj.qweight',
    );
    const found = weights.find((w: { name: string }) => w.name === weight);
    expect(found).toMatchObject({ bits: 4, groupSize: 128, shape: [64, 256] });
    expect(found.scheme).toMatch(/^GPTQ 4-bit, group 128, symmetric/);
    expect(found.tensors).toContain('model.layers.0.self_attn.q_proj.scales');
    // Codes, zero points, scales and the group of each column.
    const bits = 64 * 256 * 4 + 2 * 64 * 4 + 2 * 64 * 16 + 256 * 32;
    expect(found.bitsPerWeight).toBe(bits / (64 * 256));
  });

  test('stats and quantize are about weights; --raw about what is stored', async () => {
    const { tensors } = json('stats', model);
    const values = await expected(weight);
    const stats = tensors.find((t: { name: string }) => t.name === weight);
    expect(stats).toMatchObject({
      shape: [64, 256],
      count: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
    });
    const raw = json('stats', model, '--raw').tensors.map((t: { name: string }) => t.name);
    expect(raw).toContain('model.layers.0.self_attn.q_proj.qweight');
    expect(raw).not.toContain(weight);
    const quantized = json('quantize', model, '--scheme', 'int8', '--tensor', weight);
    expect(quantized.tensors[0].sqnrDb).toBeGreaterThan(30);
    const refused = quantscope('quantize', model, '--scheme', 'int8', '--out', temp);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/--out writes plain dtypes, .*GPTQ/);
  });

  test('dump writes the decoded weight, bit for bit', async () => {
    const out = path.join(temp, 'w.npy');
    expect(quantscope('dump', model, '--tensor', weight, '--out', out).code).toBe(0);
    const bytes = readFileSync(out);
    const data = bytes.subarray(bytes.length - 4 * 64 * 256);
    const values = new Float32Array(Uint8Array.from(data).buffer);
    expect(values).toEqual(await expected(weight));
  });

  test('params without a scheme gives what is stored', async () => {
    const found = json('params', model, '--tensor', weight);
    const module = weight.replace(/\.weight$/, '');
    expect(found.scale.shape).toEqual([64, 2]);
    expect(found.scale.data).toEqual([...(await expected(`${module}.scale`))]);
    expect(found.zeroPoint.data).toEqual([...(await expected(`${module}.zero_point`))]);
    const plain = quantscope(
      'params',
      path.join(folder, 'original.safetensors'),
      '--tensor',
      weight,
    );
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/stored as (F16|BF16), without scales/);
  });
});

describe('a checkpoint of which one weight contradicts itself', () => {
  const broken = path.join(temp, 'broken.safetensors');
  beforeAll(() => {
    const bytes = readFileSync(
      path.join(fixtures, 'gptq-4bit-g32-asym-actorder/model.safetensors'),
    );
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    const [begin] = header['model.layers.1.mlp.down_proj.g_idx'].data_offsets;
    bytes.writeInt32LE(99, 8 + length + begin);
    writeFileSync(broken, bytes);
  });

  test('the others have their figures, and it a finding', () => {
    const { tensors, findings } = json('stats', broken);
    const byName = new Map<string, { min: number | null }>(
      tensors.map((t: { name: string; min: number | null }) => [t.name, t]),
    );
    expect(byName.get('model.layers.0.self_attn.q_proj.weight')!.min).toBeLessThan(0);
    expect(byName.get('model.layers.1.mlp.down_proj.weight')!.min).toBeNull();
    expect(JSON.stringify(findings)).toMatch(/down_proj.weight.*has no figures.*99/);
  });

  test('asked for alone, it is an error', () => {
    const run = quantscope('stats', broken, '--tensor', 'model.layers.1.mlp.down_proj.weight');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/g_idx.*99/);
  });
});

test('compare --raw is about what is stored', () => {
  const names = (...more: string[]) =>
    json('compare', model, model, ...more).pairs.map((p: { name: string }) => p.name);
  expect(names()).toContain(weight);
  expect(names('--raw')).toContain(weight.replace(/weight$/, 'qweight'));
  expect(names('--raw')).not.toContain(weight);
});
