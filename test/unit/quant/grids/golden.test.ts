import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { levelCodec } from '../../../../src/quant/grids/levelCodec';
import { levelGrids } from '../../../../src/quant/grids/levelGrids';
import { errors, fixtures, nibbles, placesFor, readTensors } from './support';

const golden = JSON.parse(
  await readFile(path.join(fixtures, 'golden/reference.expected.json'), 'utf8'),
) as Record<string, { codes_sha256: string; mse: number; maxerr: number; scale: number }>;
const { values } = [...(await readTensors('golden/reference.npy')).values()][0]!;
const even = { kind: 'even' } as const;

const absMax = (from: number, to: number) =>
  values.subarray(from, to).reduce((a, x) => Math.max(a, Math.abs(x)), 0);

/** Quantizes the reference matrix, `length` values to a scale. */
function quantizeReference(
  name: keyof typeof levelGrids,
  division: 'divide' | 'reciprocal',
  { length, scaleOf }: { length: number; scaleOf: (absMax: number) => number },
) {
  const codec = levelCodec({ ...levelGrids[name], rounding: even, division });
  const out = placesFor(values.length);
  for (let from = 0; from < values.length; from += length) {
    const scale = scaleOf(absMax(from, from + length));
    const stretch = { values, from, to: from + length, index: from, stride: 1 };
    codec.quantize(stretch, { scale, zeroPoint: 0 }, out);
  }
  return out;
}

test.each([64, 128])('bitsandbytes NF4, block %d: every code', length => {
  const expected = golden[`bnb.nf4.bs${length}`]!;
  const out = quantizeReference('nf4', 'reciprocal', { length, scaleOf: a => a });
  const hash = createHash('sha256').update(Uint8Array.from(out.codes)).digest('hex');
  expect(hash).toBe(expected.codes_sha256);
  const { mse, max } = errors(values, out.results);
  expect(Math.abs(mse / expected.mse - 1)).toBeLessThan(1e-12);
  expect(max).toBe(expected.maxerr);
});

test.each([
  ['fp8-e4m3', 'float8_e4m3fn', 448],
  ['fp8-e5m2', 'float8_e5m2', 57344],
] as const)('%s as torch casts to it', (name, dtype, largest) => {
  const perTensor = golden[`fp8.torch.${dtype}.per_tensor_absmax`]!;
  const scale = Math.fround(absMax(0, values.length) / largest);
  expect(scale).toBe(perTensor.scale);
  const whole = quantizeReference(name, 'divide', { length: values.length, scaleOf: () => scale });
  expect(Math.abs(errors(values, whole.results).mse / perTensor.mse - 1)).toBeLessThan(1e-5);

  const rows = quantizeReference(name, 'divide', {
    length: 256,
    scaleOf: a => Math.fround(Math.max(Math.fround(a / largest), Math.fround(1e-12))),
  });
  const { mse } = golden[`fp8.torch.${dtype}.per_row_absmax`]!;
  expect(Math.abs(errors(values, rows.results).mse / mse - 1)).toBeLessThan(1e-5);
});

test('bitsandbytes FP4 in a checkpoint that the library wrote: every code, both zeros', async () => {
  const model = await readTensors('checkpoints/bnb-fp4/model.safetensors');
  const original = await readTensors('checkpoints/bnb-fp4/original.safetensors');
  const { levels, codes, tie } = levelGrids['fp4-bnb'];
  const arithmetic = { levels, codes, tie, rounding: even };
  for (const [name, { values: x }] of original) {
    const map = model.get(`${name}.quant_map`)!.values;
    expect([...codes].map(code => map[code]! + 0)).toEqual([...levels].map(l => l + 0));
    const absMaxes = model.get(`${name}.absmax`)!.values;
    const out = placesFor(x.length);
    for (let from = 0; from < x.length; from += 64) {
      const to = Math.min(from + 64, x.length);
      const division = to - from < 64 ? 'divide' : 'reciprocal';
      const scale = Math.max(...x.subarray(from, to).map(Math.abs));
      expect(scale).toBe(absMaxes[from / 64]);
      levelCodec({ ...arithmetic, division }).quantize(
        { values: x, from, to, index: 0, stride: 1 },
        { scale, zeroPoint: 0 },
        out,
      );
    }
    const stored = nibbles(model.get(name)!.values, 'high').slice(0, x.length);
    expect([...out.codes]).toEqual(stored);
    expect(new Set(stored).size).toBe(16);
  }
});
