import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../../src/base/tile';
import { SchemeRun } from '../../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../../src/quant/schemeText';
import { squaredError } from '../../../../src/quant/theory/cells';
import { gaussianSqnrDb } from '../../../../src/quant/theory/expected';
import { gaussianBlocks } from '../gaussianBlocks';
import { normals } from '../normals';
import { golden } from '../reference';

/** The expected squared error per weight and variance. */
function errorOf(text: string, matrix: Matrix, sigma?: number): number {
  return 10 ** (-gaussianSqnrDb(parseScheme(text), matrix, sigma)! / 10);
}

function expectNear(found: number, expected: number, relative: number): void {
  expect(Math.abs(found / expected - 1)).toBeLessThan(relative);
}

describe('each block scaled by its largest magnitude', () => {
  // What scales rounded to float32 leave: the error goes with their square.
  test.each(gaussianBlocks)('%s', (_, scheme, mse) => {
    expectNear(errorOf(scheme, { rows: 3, cols: 1024 }), mse, 3e-7);
  });
});

describe('a scale for all weights', () => {
  type Theory = readonly [scale: number, mse: number];
  const theory = golden('gaussian-theory.json');
  const all = [-Infinity, Infinity] as const;

  const integers = Object.keys(theory).flatMap(key => {
    const [, bits, range] = /^int(\d)_(restricted|full)$/.exec(key) ?? [];
    return bits
      ? [[key, `int${bits} tensor${range === 'full' ? ' range=full' : ''}`, 1] as const]
      : [];
  });
  const codebooks = [
    ['cb_NF4', 'nf4 tensor', 1],
    ['cb_FP4 E2M1', 'fp4 tensor', 6],
    ['cb_bnb FP4', 'fp4-bnb tensor', 1],
    ['cb_IQ4_NL', 'levels{-127,-104,-83,-65,-49,-35,-22,-10,1,13,25,38,53,69,89,113} tensor', 127],
    ['cb_FP8 E4M3', 'fp8-e4m3 tensor', 448],
    ['cb_FP8 E5M2', 'fp8-e5m2 tensor', 57344],
  ] as const;

  // bitsandbytes' levels are float32 here, and are not where a level should lie: their rounding counts to first order.
  test.each([...integers, ...codebooks])('%s: %s', (key, text, largest) => {
    const [scale, mse] = theory[key] as Theory;
    const matrix = { rows: 4096, cols: 4096 };
    const tolerance = key === 'cb_bnb FP4' ? 5e-7 : 2e-8;
    expectNear(errorOf(`${text} calib=scale:${scale / largest}`, matrix), mse, tolerance);
    // The scale of weights of another size.
    const [small, sigma] = [scale / largest / 64, 1 / 64];
    expectNear(errorOf(`${text} calib=scale:${small}`, matrix, sigma), mse, tolerance);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('midrise with %d bits', bits => {
    const [step, mse] = theory[`uniform_midrise_b${bits}`] as Theory;
    const half = 2 ** (bits - 1);
    const levels = Float64Array.from({ length: 2 * half }, (_, i) => i - half + 0.5);
    const ends = levels.map(level => (level === half - 0.5 ? Infinity : level + 0.5));
    expectNear(squaredError({ levels, ends }, step, all), mse, 1e-9);
  });

  /** Levels in the middle of their cells' mass, ends between levels: what Lloyd's iteration comes to. */
  test.each([1, 2, 3, 4])('Lloyd-Max with %d bits', bits => {
    const mse = theory[`lloydmax_b${bits}`] as number;
    const count = 2 ** bits;
    let levels = Float64Array.from({ length: count }, (_, i) => (4 * (i + 0.5)) / count - 2);
    const endsOf = () => levels.map((level, i) => (level + (levels[i + 1] ?? Infinity)) / 2);
    const errorAt = (cell: readonly [number, number], level: number) =>
      squaredError({ levels: Float64Array.of(level), ends: Float64Array.of(Infinity) }, 1, cell);
    for (let i = 0; i < 300; i++) {
      const ends = endsOf();
      // The error of a cell is a parabola of its level.
      levels = levels.map((_, k) => {
        const cell = [ends[k - 1] ?? -Infinity, ends[k]!] as const;
        const [below, middle, above] = [-1, 0, 1].map(level => errorAt(cell, level));
        return (below! - above!) / (2 * (below! - 2 * middle! + above!));
      });
    }
    expectNear(squaredError({ levels, ends: endsOf() }, 1, all), mse, 1e-8);
  });
});

const batches = 32;
const batchSize = 2 ** 15;
const stream = normals(batches * batchSize, 5);

/** The error and its standard error of a scheme on 2^20 normal values, 32 tensors of 2^15. */
function measured(textOf: (batch: number) => string, cols: number, sigma: number) {
  const errors = Array.from({ length: batches }, (_, batch) => {
    const values = stream
      .subarray(batch * batchSize, (batch + 1) * batchSize)
      .map(x => Math.fround(x * sigma));
    const run = new SchemeRun(parseScheme(textOf(batch)), { rows: batchSize / cols, cols }, false);
    let sum = 0;
    run.listen({
      piece(piece) {
        for (let i = 0; i < piece.values.length; i++)
          sum += (piece.values[i]! - piece.results[i]!) ** 2;
      },
    });
    do run.add({ values, index: 0 });
    while (!run.finish());
    return sum / batchSize / sigma ** 2;
  });
  const mean = errors.reduce((a, b) => a + b) / batches;
  const squares = errors.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (batches - 1) / batches) };
}

describe('what normal values get, within three standard errors', () => {
  const exact: [text: string, cols: number, sigma?: number][] = [
    ['int8', 2048],
    ['int8 tensor', 2048],
    ['int4 group=128', 2000 + 48],
    ['int3 group=100', 2048],
    ['int4 channel=1', 256],
    ['fp8-e4m3 block=48x48', 256],
    ['int8 asym tensor', 2048],
    ['uint4 asym group=128', 2048],
    ['int4 asym group=16', 2048],
    ['int4 asym group=16 zero=free', 2048],
    ['int2 asym group=64', 2048],
    ['gptq int4 group=128', 2048],
    ['gptq int4 group=8', 2048],
    ['awq int4 asym group=128', 2048],
    ['onnxruntime int7', 2048],
    ['torch-eager int8 asym', 2048],
    ['tflite int8', 2048],
    ['bitsandbytes nf4', 2048],
    ['fp4-bnb', 2048],
    ['fp6-e2m3 group=32', 2048],
    ['hqq int4 group=64 calib=minmax', 2048],
    ['ternary tensor', 2048],
    ['binary', 8192],
    ['int4 group=32 round=down', 2048],
    ['fp4 group=32 round=toward-zero', 2048],
    ['int4 asym group=32 round=toward-zero', 2048],
    ['int4 group=32 round=stochastic:N', 2048],
    ['nf4 group=32 round=stochastic:N', 2048],
    ['int8 group=32 scale=f16', 2048],
    ['int4 group=32 scale=e8m0', 2048, 0.027],
    ['mxfp4', 2048, 0.02],
    ['mxfp4', 2048, 0.027],
    ['mxfp8', 2048, 0.02],
    ['nvfp4', 2048, 0.02],
    ['int8 tensor calib=range:-0.05,0.05', 2048, 0.02],
    ['uint4 asym group=64 calib=scale:0.008', 2048, 0.02],
    ['int4 group=128 outliers=0.5%', 2048],
    ['int4 asym group=32 outliers=3sigma', 2048],
    ['int8 tensor outliers=abs:0.06', 2048, 0.02],
    ['int8 outliers=columns:0.07', 1024, 0.02],
    ['mxfp4 outliers=0.5%', 2048, 0.02],
    ['int4 calib=mse', 8192],
    ['nf4 tensor calib=mse', 2048],
    ['int8 tensor calib=nv-percentile', 2048],
    ['bf16', 2048, 0.02],
    ['fp16', 2048, 0.0001],
    ['fp16 outliers=3sigma', 2048, 0.002],
  ];

  test.each(exact)('%s, %d columns', { timeout: 120_000 }, (text, cols, sigma = 1) => {
    const matrix = { rows: batchSize / cols, cols };
    const { mean, standardError } = measured(batch => text.replace(':N', `:${batch}`), cols, sigma);
    const found = errorOf(text.replace(':N', ''), matrix, sigma);
    expect(Math.abs(found - mean) / standardError).toBeLessThan(3);
  });

  const sampled = [
    ...['q4_0', 'q2_k', 'q4_k', 'q6_k', 'iq4_nl', 'tq2_0', 'nf4-double', 'hqq int4 group=64'],
    ...['int4 group=128 calib=mse', 'q4_k outliers=1%'],
  ];

  // The figure comes from a sample of 2^16 itself, a sixteenth of what is measured.
  test.each(sampled)('%s, from a sample', { timeout: 120_000 }, text => {
    const { mean, standardError } = measured(() => text, 4096, 1);
    const found = errorOf(text, { rows: 8, cols: 4096 });
    expect(Math.abs(found - mean) / standardError).toBeLessThan(3 * Math.sqrt(17));
    expect(Math.abs(10 * Math.log10(found / mean))).toBeLessThan(0.05);
  });
});

describe('shapes', () => {
  const of = (text: string, rows: number, cols: number, sigma?: number) =>
    gaussianSqnrDb(parseScheme(text), { rows, cols }, sigma);

  test('only the weights that share parameters matter', () => {
    expect(of('int4 group=128', 7, 256)).toBe(of('int4 group=128', 9000, 4096));
    expect(of('int8', 7, 256)).toBe(of('int8', 9000, 256));
    expect(of('int8 channel=1', 9000, 7)).toBe(of('int8', 7, 9000));
    expect(of('int8 tensor', 30, 100)).toBe(of('int8', 1, 3000));
    expect(of('q4_k', 30, 256)).toBe(of('q4_k', 1, 512));
    expect(of('int8 tensor', 100, 4096)!).toBeLessThan(of('int8', 100, 4096)!);
  });

  test('a short last group has less error', () => {
    const [whole, short, mixed] = ([128, 22, 150] as const).map(cols =>
      errorOf('int4 group=128', { rows: 5, cols }),
    );
    expectNear(mixed!, (128 * whole! + 22 * short!) / 150, 1e-12);
  });

  test('blocks at the edges too', () => {
    const parts = [
      [64, 64 * 64],
      [20 * 64, 2 * 20 * 64],
      [20 * 20, 20 * 20],
    ] as const;
    const size = (n: number) => errorOf('fp8-e4m3', { rows: 1, cols: n });
    const sum = 64 * 64 * size(64 * 64) + 2 * 20 * 64 * size(20 * 64) + 400 * size(400);
    expect(parts.length).toBe(3);
    expectNear(errorOf('fp8-e4m3 block=64x64', { rows: 84, cols: 84 }), sum / 84 ** 2, 1e-12);
  });

  test('bitsandbytes counts its blocks through the tensor', () => {
    const whole = errorOf('nf4 group=64', { rows: 1, cols: 64 });
    expectNear(errorOf('bitsandbytes nf4', { rows: 64, cols: 11 }), whole, 1e-12);
  });

  test('scales that follow the weights do not hang on their size', () => {
    expect(of('int8', 4, 64, 1e-3)).toBe(of('int8', 4, 64));
    expect(of('mxfp4', 4, 64, 1e-3)).not.toBe(of('mxfp4', 4, 64));
    expect(of('mxfp4', 4, 64, 2 ** -10)).toBeCloseTo(of('mxfp4', 4, 64, 2 ** -9)!, 9);
  });

  test('very large tensors', () => {
    const billion = of('int8 tensor', 2 ** 15, 2 ** 15)!;
    expect(billion).toBeLessThan(of('int8 tensor', 2 ** 10, 2 ** 10)!);
    expect(billion).toBeGreaterThan(36);
  });
});

describe('null', () => {
  test.each([
    ['int8', 5, 1],
    ['int8 asym', 5, 1],
    ['int4 group=1', 5, 64],
    ['int8 tensor', 1, 1],
  ])('a scale for each weight: %s', (text, rows, cols) => {
    expect(gaussianSqnrDb(parseScheme(text), { rows, cols })).toBeNull();
  });

  test('casts out of their range', () => {
    const of = (text: string, sigma: number) =>
      gaussianSqnrDb(parseScheme(text), { rows: 4, cols: 4 }, sigma);
    expect(of('fp16', 1e-7)).toBeNull();
    expect(of('fp16', 60000)).toBeNull();
    expect(of('bf16', 60000)).toBeCloseTo(55.6, 0);
    expect(of('bf16', 1e-45)).toBeNull();
  });

  test('a standard deviation that is none', () => {
    for (const sigma of [0, -1, Number.NaN, Infinity])
      expect(gaussianSqnrDb(parseScheme('int8'), { rows: 4, cols: 64 }, sigma)).toBeNull();
  });

  test('what neither an integral nor a sample stands for', () => {
    const of = (text: string) => gaussianSqnrDb(parseScheme(text), { rows: 1000, cols: 1000 });
    expect(of('hqq int4 tensor')).toBeNull();
    expect(of('int8 tensor calib=entropy:nv')).toBeNull();
    expect(of('q4_0 outliers=columns:4')).toBeNull();
    expect(of('int8 calib=entropy:nv')).not.toBeNull();
  });

  test('a search over few weights keeps nobody waiting for minutes', { timeout: 30_000 }, () => {
    const of = (text: string, cols: number) =>
      gaussianSqnrDb(parseScheme(text), { rows: 4096, cols });
    expect(of('int4 group=7 calib=nv-mse', 4096)).toBeNull();
    expect(of('int4 group=32 calib=entropy:ort,8192,128', 4096)).toBeNull();
    // Three columns: 21 845 segments in a sample of 2^16.
    expect(of('int4 calib=percentile:1,99', 3)).toBeNull();
    expect(of('int4 calib=percentile:1,99', 32)).toBeGreaterThan(10);
  });
});
