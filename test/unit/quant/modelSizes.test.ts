import { describe, expect, it } from 'vitest';
import { modelSizes, schemeSize, trainingNeeds } from '../../../src/quant/modelSizes';
import { parseScheme } from '../../../src/quant/schemeText';

/** Two matrices of 64 x 192 in 16 bits, and a vector of 100 numbers in 32 bits. */
const target = {
  matrices: [{ rows: 64, cols: 192, count: 2, byteLength: 2 * 64 * 192 * 2 }],
  otherBytes: 400,
};
const weights = 2 * 64 * 192;

describe('sizes in the usual forms', () => {
  it('are those of codes, and of scales of 32 bits', () => {
    const bytes = Object.fromEntries(modelSizes(target).map(f => [f.id, f.byteLength]));
    expect(bytes).toEqual({
      present: 400 + 2 * weights,
      fp32: 400 + 4 * weights,
      fp16: 400 + 2 * weights,
      bf16: 400 + 2 * weights,
      'fp8-e4m3': 400 + weights + 2 * 4,
      int8: 400 + weights + 2 * 64 * 4,
      // 192 columns are a group of 128 and one of 64.
      int4: 400 + weights / 2 + 2 * 64 * 2 * 4,
    });
  });

  it('tell bits per weight of what is converted', () => {
    const bits = Object.fromEntries(modelSizes(target).map(f => [f.id, f.bitsPerWeight]));
    expect(bits).toMatchObject({ present: 16, fp32: 32, bf16: 16, int8: 8 + 32 / 192 });
    expect(bits.int4).toBe(4 + (2 * 32) / 192);
  });

  it('begin with the present form, whose bytes are those of the file', () => {
    const odd = { matrices: [{ rows: 3, cols: 5, count: 1, byteLength: 17 }], otherBytes: 0 };
    expect(modelSizes(odd)[0]).toEqual({
      ...{ id: 'present', scheme: null },
      ...{ bitsPerWeight: (8 * 17) / 15, byteLength: 17 },
    });
  });

  it('stay the same where there is nothing to convert', () => {
    for (const { bitsPerWeight, byteLength } of modelSizes({ matrices: [], otherBytes: 7 }))
      expect([bitsPerWeight, byteLength]).toEqual([null, 7]);
  });
});

it('a matrix that a scheme does not fit stays as it is', () => {
  const narrow = { matrices: [{ rows: 2, cols: 30, count: 1, byteLength: 240 }], otherBytes: 8 };
  expect(schemeSize(parseScheme('q4_0'), narrow)).toEqual({ bitsPerWeight: null, byteLength: 248 });
});

it('training with Adam takes 16 bytes a parameter either way', () => {
  // ZeRO (arXiv 1910.02054), section 3.1: 1.5 billion parameters take 24 GB.
  const needs = trainingNeeds({ parameters: 1.5e9 });
  expect(needs.map(n => [n.id, n.perParameter, n.byteLength])).toEqual([
    ['mixed', 16, 24e9],
    ['fp32', 16, 24e9],
  ]);
});
