import { describe, expect, test } from 'vitest';
import { gridNames } from '../../../src/quant/gridNames';
import { presets } from '../../../src/quant/presets';
import type { Scheme } from '../../../src/quant/scheme';
import { parseScheme, printScheme } from '../../../src/quant/schemeText';

const int8: Scheme = {
  runtime: null,
  grid: { kind: 'integer', bits: 8, signed: true },
  symmetric: true,
  granularity: { kind: 'channel', axis: 0 },
  calibration: { kind: 'minmax' },
  rounding: { kind: 'even' },
  range: 'narrow',
  zero: 'in',
  scale: 'f32',
  outliers: null,
};

describe('defaults', () => {
  test('int is symmetric, a channel each', () => {
    expect(parseScheme('int8')).toEqual(int8);
  });

  test('uint is not', () => {
    const grid = { kind: 'integer', bits: 4, signed: false };
    expect(parseScheme('uint4')).toEqual({ ...int8, grid, symmetric: false });
  });

  test.each([
    ['nf4 tensor', true],
    ['levels{0,1}', true],
    ['fp8-e4m3', true],
    ['hqq int4', false],
    ['gptq uint4', false],
  ])('%s: symmetric is %s', (text, symmetric) => {
    expect(parseScheme(text).symmetric).toBe(symmetric);
  });

  test.each([
    ['ternary', 'absmean'],
    ['binary', 'absmean'],
    ['nf4 tensor', 'minmax'],
    ['hqq int4', 'hqq'],
    ['torch-eager int8', 'minmax'],
  ])('%s is calibrated by %s', (text, kind) => {
    expect(parseScheme(text).calibration).toEqual({ kind });
  });

  test.each([
    ['int4', 'narrow'],
    ['torch-eager int8', 'full'],
    ['torch-fake-quant int4', 'full'],
    ['gptq int4', 'full'],
    ['awq int4', 'full'],
    ['onnxruntime int8', 'narrow'],
    ['onnxruntime int4', 'full'],
    ['tflite int8', 'narrow'],
  ])('%s: the range is %s', (text, range) => {
    expect(parseScheme(text).range).toBe(range);
  });

  test('bitsandbytes has blocks of 64 of its 4-bit types, and LLM.int8() rows', () => {
    expect(parseScheme('bitsandbytes nf4').granularity).toEqual({ kind: 'group', size: 64 });
    expect(parseScheme('bitsandbytes int8').granularity).toEqual({ kind: 'channel', axis: 0 });
  });

  test('TensorFlow Lite rounds half away', () => {
    expect(parseScheme('tflite int8').rounding).toEqual({ kind: 'away' });
  });
});

describe('words', () => {
  test.each<[string, Partial<Scheme>]>([
    ['channel=0', {}],
    ['channel=1', { granularity: { kind: 'channel', axis: 1 } }],
    ['tensor', { granularity: { kind: 'tensor' } }],
    ['group=32', { granularity: { kind: 'group', size: 32 } }],
    ['block=128x64', { granularity: { kind: 'block', rows: 128, cols: 64 } }],
    ['calib=percentile:99.9', { calibration: { kind: 'percentile', lo: 0.1, hi: 99.9 } }],
    ['calib=percentile:1,99', { calibration: { kind: 'percentile', lo: 1, hi: 99 } }],
    ['calib=entropy', { calibration: { kind: 'entropy-ort', bins: 128, levels: 128 } }],
    ['calib=entropy:ort,2048', { calibration: { kind: 'entropy-ort', bins: 2048, levels: 128 } }],
    ['calib=entropy:nv', { calibration: { kind: 'entropy-nv', bins: 2048 } }],
    ['calib=mse', { calibration: { kind: 'mse', grid: 100, shrink: 0.8, norm: 2.4 } }],
    ['calib=mse:50,0.5,2', { calibration: { kind: 'mse', grid: 50, shrink: 0.5, norm: 2 } }],
    ['calib=range:-1.5,+2e-1', { calibration: { kind: 'range', lo: -1.5, hi: 0.2 } }],
    ['calib=scale:.5', { calibration: { kind: 'scale', scale: 0.5 } }],
    ['calib=torch-histogram', { calibration: { kind: 'torch-histogram' } }],
    ['calib=ort-percentile', { calibration: { kind: 'ort-percentile', percent: 99.999 } }],
    ['calib=nv-percentile', { calibration: { kind: 'nv-percentile', percent: 99.99 } }],
    ['calib=nv-mse', { calibration: { kind: 'nv-mse' } }],
    ['round=toward-zero', { rounding: { kind: 'toward-zero' } }],
    ['round=stochastic', { rounding: { kind: 'stochastic', seed: 0 } }],
    ['round=stochastic:7', { rounding: { kind: 'stochastic', seed: 7 } }],
    ['range=full', { range: 'full' }],
    ['scale=e8m0', { scale: 'e8m0' }],
    ['outliers=6sigma', { outliers: { kind: 'sigma', k: 6 } }],
    ['outliers=abs:0.5', { outliers: { kind: 'abs', threshold: 0.5 } }],
    ['outliers=0.5%', { outliers: { kind: 'top', percent: 0.5 } }],
    ['outliers=columns:6', { outliers: { kind: 'columns', threshold: 6 } }],
  ])('int8 %s', (word, over) => {
    expect(parseScheme(`int8 ${word}`)).toEqual({ ...int8, ...over });
  });

  test('asym zero=free', () => {
    const free = { ...int8, symmetric: false, zero: 'free' };
    expect(parseScheme('int8 asym zero=free')).toEqual(free);
  });

  test('either word for HQQ means both', () => {
    expect(parseScheme('int4 asym calib=hqq')).toEqual(parseScheme('hqq int4'));
    expect(parseScheme('uint4 calib=hqq group=64')).toEqual(parseScheme('hqq uint4 group=64'));
  });

  test.each([
    ['mxfp6-e2m3', 'mxfp6'],
    ['mxfp8-e4m3', 'mxfp8'],
    ['fp8-e4m3fn', 'fp8-e4m3'],
    ['bitsandbytes fp4', 'bitsandbytes fp4-bnb'],
    ['ggml q4_k', 'q4_k'],
  ])('%s is another name of %s', (other, name) => {
    expect(parseScheme(other)).toEqual(parseScheme(name));
  });

  test('levels are sorted, and each stands once; blanks may stand in the list', () => {
    const levels = parseScheme('levels{0,2,4}');
    expect(levels.grid).toEqual({ kind: 'levels', levels: [0, 2, 4] });
    expect(parseScheme('levels { 4, 0 , 2, -0,4 }')).toEqual(levels);
  });
});

describe('printing', () => {
  test.each([
    ['int8 sym channel', 'int8'],
    ['INT8   channel\tsym', 'int8'],
    ['int8 asym tensor', 'int8 asym tensor'],
    ['int8 tensor asym', 'int8 asym tensor'],
    ['uint4 asym group=128 calib=minmax round=even', 'uint4 group=128'],
    ['uint8 sym', 'uint8 sym'],
    ['int2 range=full', 'int2 range=full'],
    ['int8 asym zero=free scale=f32', 'int8 asym zero=free'],
    [
      'int8 outliers=6sigma calib=percentile:0.1,99.9',
      'int8 calib=percentile:99.9 outliers=6sigma',
    ],
    ['int8 calib=entropy:ort,128,128', 'int8 calib=entropy:ort'],
    ['int8 calib=entropy:ort,512,128', 'int8 calib=entropy:ort,512'],
    ['int8 calib=mse:100,0.8,2', 'int8 calib=mse:100,0.8,2'],
    ['int8 calib=mse:90,0.8,2.4', 'int8 calib=mse:90'],
    ['int8 round=stochastic:0', 'int8 round=stochastic'],
    // Exponents, and a zero without a sign.
    ['int8 outliers=0.0000001%', 'int8 outliers=1e-7%'],
    ['int8 calib=range:-1,-0', 'int8 calib=range:-1,0'],
    ['gptq int4 sym range=full', 'gptq int4'],
    ['tflite int8 round=away', 'tflite int8'],
    ['tflite int8 round=even', 'tflite int8 round=even'],
    ['hqq int4 calib=hqq asym', 'hqq int4'],
    ['levels{4,2,0}', 'levels{0,2,4}'],
    // A grid whose name is a preset's needs a word more.
    ['nf4 channel', 'nf4 channel'],
    ['nf4', 'bitsandbytes nf4'],
    ['ternary channel', 'ternary channel'],
    ['ternary', 'ternary tensor'],
    ['mxfp4', 'mxfp4'],
    ['ggml q4_k', 'q4_k'],
  ])('%s prints as %s, which reads back the same', (text, shortest) => {
    const scheme = parseScheme(text);
    expect(printScheme(scheme)).toBe(shortest);
    expect(parseScheme(shortest)).toEqual(scheme);
  });
});

describe('presets', () => {
  test.each(presets.map(p => [p.name, p.scheme] as const))('%s stands for %s', (name, scheme) => {
    expect(printScheme(parseScheme(name))).toBe(scheme);
  });

  test('names are one word each, once', () => {
    const names = presets.map(p => p.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9_-]+$/);
  });

  test('words after a preset that is no grid change it', () => {
    expect(parseScheme('int4-g128-asym group=32 outliers=1%')).toEqual(
      parseScheme('int4 asym group=32 outliers=1%'),
    );
    expect(parseScheme('int4-g128 tensor')).toEqual(parseScheme('int4 tensor'));
  });

  test('words after one that is a grid belong to the grid', () => {
    expect(parseScheme('nf4 group=32').runtime).toBeNull();
  });
});

test('every grid is read by its name, alone or with a word', () => {
  for (const name of gridNames) {
    expect(parseScheme(name).grid).toEqual(parseScheme(`${name} outliers=1%`).grid);
    expect(printScheme(parseScheme(`${name} outliers=1%`)).split(' ')).toContain(name);
  }
});
