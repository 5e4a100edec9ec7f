import { describe, expect, it } from 'vitest';
import type { SchemeTarget } from '../../../src/protocol/worker';
import { presets } from '../../../src/quant/presets';
import { parseScheme } from '../../../src/quant/schemeText';
import { describeScheme } from '../../../src/worker/schemeDescription';

/** Two matrices of float16, one that ggml's blocks do not fit, and 1000 bytes of other tensors. */
const model: SchemeTarget = {
  matrices: [
    { rows: 512, cols: 1024, count: 2, byteLength: 2 * 512 * 1024 * 2 },
    { rows: 3, cols: 100, count: 1, byteLength: 600 },
  ],
  otherBytes: 1000,
};

function good(text: string, target = model) {
  const description = describeScheme(text, target);
  if (!description.isGood) throw new Error(description.message);
  return description;
}

describe('a scheme is described', () => {
  it.each([
    ['INT8  sym channel', 'int8', 'int8-channel'],
    ['int8-tensor-asym', 'int8 asym tensor', 'int8-tensor-asym'],
    ['int8 tensor asym calib=minmax', 'int8 asym tensor', 'int8-tensor-asym'],
    ['nf4', 'bitsandbytes nf4', 'nf4'],
    ['ggml q4_k', 'q4_k', 'q4_k'],
    ['int4-g128 round=away', 'int4 group=128 round=away', null],
  ])('%j by its shortest text, and the preset that means the same', (given, text, preset) => {
    expect(good(given)).toMatchObject({ text, preset, scheme: parseScheme(given) });
  });

  it('the same however often its own text is described', () => {
    for (const { scheme } of presets) {
      const { text, preset } = good(scheme);
      expect(good(text)).toMatchObject({ text, preset });
      expect(preset).not.toBeNull();
    }
  });

  it.each([
    ['int8', '8-bit integers, symmetric, one scale per output channel'],
    [
      'uint4 asym group=64 zero=free scale=f16',
      'unsigned 4-bit integers, asymmetric, one scale and zero point per group of 64 weights, range need not hold 0, scales in FP16',
    ],
    [
      'int8 tensor range=full calib=percentile:99.9 round=away outliers=6sigma',
      '8-bit integers, symmetric, one scale for the whole tensor, range from percentile 0.1 to 99.9, rounding half away from zero, with the code -128, values beyond 6 standard deviations kept apart',
    ],
    ['fp8-e4m3 block=128x128', 'FP8 (E4M3), one scale per block of 128 × 128'],
    ['q4_k', 'ggml Q4_K: blocks of 256 weights in 144 bytes'],
    ['mxfp4', 'MXFP4: FP4 (E2M1) in blocks of 32 with a power of two as scale'],
    ['fp16', 'cast to FP16 (float16), no scale'],
    [
      'hqq int4 group=64',
      '4-bit integers, asymmetric, one scale and zero point per group of 64 weights, as HQQ does it',
    ],
  ])('%j in words', (text, meaning) => {
    expect(good(text).facts.meaning).toBe(meaning);
  });

  it('with the bits of codes, scales and zero points, and the size of the whole model', () => {
    const big = 2 * 512 * 1024;
    // 4-bit codes and a float32 scale for 128 weights; the last group of a row of 100 is short.
    expect(good('int4 group=128').facts).toMatchObject({
      bitsPerWeight: ((4 + 32 / 128) * big + 4 * 300 + 32 * 3) / (big + 300),
      byteLength: 1000 + (4.25 * big) / 8 + (4 * 300 + 32 * 3) / 8,
    });
    expect(good('fp16').facts).toMatchObject({
      bitsPerWeight: 16,
      byteLength: 1000 + 600 + 2 * big,
    });
  });

  it('with matrices that it does not fit as they are stored', () => {
    const big = 2 * 512 * 1024;
    expect(good('q4_k').facts).toMatchObject({
      bitsPerWeight: 4.5,
      byteLength: 1000 + 600 + (144 / 256) * big,
    });
    const misfits = { ...model, matrices: model.matrices.slice(1) };
    expect(good('q4_k', misfits).facts).toMatchObject({ bitsPerWeight: null, byteLength: 1600 });
  });

  it.each([
    ['int8 assym', 'unknown word "assym"; did you mean "asym"?'],
    ['int99', 'unknown grid "int99"; did you mean "int8"?'],
    ['', 'empty, expected for example "int8 sym channel"'],
    ['nf4 asym', '"asym" needs an integer grid: nf4 has no zero point'],
  ])('not when it is bad: %j is answered with what is wrong', (text, message) => {
    expect(describeScheme(text, model)).toEqual({ isGood: false, message });
  });
});
