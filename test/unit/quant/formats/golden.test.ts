import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dynamicLevels, nf4Double } from '../../../../src/quant/formats/doubleQuant';
import { mxFormats } from '../../../../src/quant/formats/mx';
import { nvfp4 } from '../../../../src/quant/formats/nvfp4';
import { errors, fixtures, nibbles, quantizedRows, readTensors } from '../grids/support';

const golden = JSON.parse(
  await readFile(path.join(fixtures, 'golden/reference.expected.json'), 'utf8'),
) as Record<string, { sha256: string; mse: number; maxerr: number }>;

/** Blocks as ggml stores them: the scale's exponent, then codes i and i + 16 in a byte. It has one code for zero. */
function ggmlBlocks(codes: Int32Array, scales: readonly number[]): Uint8Array {
  const nibble = (i: number) => (codes[i] === 8 ? 0 : codes[i]!);
  const bytes: number[] = [];
  scales.forEach((scale, block) => {
    bytes.push(127 + Math.log2(scale));
    for (let i = 32 * block; i < 32 * block + 16; i++)
      bytes.push(nibble(i) | (nibble(i + 16) << 4));
  });
  return Uint8Array.from(bytes);
}

describe('MXFP4', () => {
  test('gives the bytes that gguf-py writes', async () => {
    const { values } = [...(await readTensors('golden/reference.npy')).values()][0]!;
    const out = quantizedRows(mxFormats.mxfp4, values, 256);
    const { mse, max } = errors(values, out.results);
    const expected = golden['gguf.MXFP4']!;
    expect(Math.abs(mse / expected.mse - 1)).toBeLessThan(1e-6);
    expect(max).toBe(expected.maxerr);
    const blocks = ggmlBlocks(out.codes, out.scales);
    expect(createHash('sha256').update(blocks).digest('hex')).toBe(expected.sha256);
  });
});

describe('NVFP4', () => {
  test('gives the scales and codes that ModelOpt writes', async () => {
    const model = await readTensors('checkpoints/nvfp4-modelopt/model.safetensors');
    const original = await readTensors('checkpoints/nvfp4-modelopt/original.safetensors');
    for (const [name, { values, shape }] of original) {
      const out = quantizedRows(nvfp4, values, shape[1]!);
      const tensor = model.get(`${name}_scale_2`)!.values[0]!;
      expect(out.tensor).toBe(tensor);
      const stored = model.get(`${name}_scale`)!.values;
      expect(out.scales).toEqual([...stored].map(s => Math.fround(s * tensor)));
      expect([...out.codes]).toEqual(nibbles(model.get(name)!.values, 'low'));
    }
  });
});

describe('NF4 with double quantization', async () => {
  const model = await readTensors('checkpoints/bnb-nf4-double/model.safetensors');
  const original = await readTensors('checkpoints/bnb-nf4-double/original.safetensors');

  test("has bitsandbytes' levels for scales", () => {
    const map = model.get('model.layers.0.self_attn.q_proj.weight.nested_quant_map')!.values;
    expect([...dynamicLevels()]).toEqual([...map]);
  });

  test.each([...original.keys()])('%s: scales, codes and values of the library', name => {
    const { values, shape } = original.get(name)!;
    const bytes = model.get(`${name}.quant_state.bitsandbytes__nf4`)!.values;
    const { nested_offset } = JSON.parse(String.fromCharCode(...bytes)) as {
      nested_offset: number;
    };
    const out = quantizedRows(nf4Double, values, shape[1]!, nested_offset);
    expect([...out.codes]).toEqual(
      nibbles(model.get(name)!.values, 'high').slice(0, values.length),
    );

    const map = model.get(`${name}.nested_quant_map`)!.values;
    const nested = model.get(`${name}.nested_absmax`)!.values;
    const scales = [...model.get(`${name}.absmax`)!.values].map((code, i) =>
      Math.fround(Math.fround(map[code]! * nested[i >> 8]!) + nested_offset),
    );
    expect(out.scales).toEqual(scales);
    const levels = model.get(`${name}.quant_map`)!.values;
    expect([...out.results]).toEqual(
      [...out.codes].map((code, i) => Math.fround(levels[code]! * scales[i >> 6]!)),
    );
    // The library sums the mean in float32; the last digit of it may differ.
    expect(Math.abs(out.tensor / nested_offset - 1)).toBeLessThan(2 ** -23);
  });
});
