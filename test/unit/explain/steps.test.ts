import { describe, expect, test } from 'vitest';
import { Capture } from '../../../src/explain/capture';
import { explain, openRun, type Steps, stepsOfValues } from '../../../src/explain/steps';
import { presets } from '../../../src/quant/presets';
import { parseScheme } from '../../../src/quant/schemeText';
import { normals } from '../quant/normals';
import { runScheme } from '../quant/runScheme';
import { figuresOf } from './figuresOf';

/** Follows [index, index + count) of a matrix. */
function stepsWithin(
  text: string,
  values: Float32Array,
  [rows, cols]: readonly [number, number],
  stretch: { index: number; count: number },
  chunk = values.length,
): Steps {
  const scheme = parseScheme(text);
  const matrix = { rows, cols };
  const run = openRun(scheme, matrix);
  const capture = new Capture(run, matrix, stretch);
  run.listen(capture);
  do
    for (let index = 0; index < values.length; index += chunk)
      run.add({ values: values.slice(index, index + chunk), index });
  while (!run.finish());
  return explain(scheme, capture.captured, matrix, false);
}

const texts = [
  ...presets.map(p => p.name),
  ...['int8 sym tensor range=full', 'uint4 sym', 'int4 asym group=8 round=away'],
  ...['int3 round=stochastic:7', 'int8 round=down', 'int8 round=up', 'int8 round=toward-zero'],
  ...['int8 scale=f16', 'int4 group=32 scale=e8m0', 'nf4 group=16', 'fp6-e2m3', 'fp16', 'bf16'],
  ...['onnxruntime uint8', 'torch-eager int8 tensor', 'torch-eager uint8 tensor', 'tflite int8'],
  ...[
    'torch-fake-quant int8',
    'int8 outliers=2%',
    'int4 outliers=2sigma',
    'int8 outliers=columns:2',
  ],
  ...[
    'int8 calib=percentile:90',
    'int8 tensor calib=entropy:nv',
    'int4 calib=mse',
    'int8 channel=1',
  ],
  ...['int8 block=3x100', 'levels{-1,0,0.5,2} round=down', 'fp8-e4m3 calib=scale:0.01', 'ternary'],
  ...['uint8 asym tensor zero=free', 'int8 tensor calib=range:-1,0.5', 'torch-eager int7 tensor'],
];

describe.each(texts)('%s', text => {
  const shape = [4, 512] as const;
  const values = Float32Array.from(normals(shape[0] * shape[1], 11));
  const whole = runScheme(text, values, shape);
  const stretch = { index: 512 + 120, count: 16 };
  const steps = stepsWithin(text, values, shape, stretch, 700);
  const slice = <T>(all: ArrayLike<T>) => Array.from(all).slice(stretch.index, stretch.index + 16);

  test('codes, results and parameters are those of the run', () => {
    expect(figuresOf(steps, 'dequantize')).toEqual(slice(whole.results));
    expect([...steps.values]).toEqual(slice(values));
    const kept = steps.fate.map(fate => fate === 'kept');
    expect(kept).toEqual(slice(values).map((_, i) => whole.kept.includes(stretch.index + i)));
    const codes =
      figuresOf(steps, 'saturate') ?? figuresOf(steps, 'search') ?? figuresOf(steps, 'cast');
    if (codes) expect(codes).toEqual(slice(whole.codes).map((q, i) => (kept[i] ? null : q)));
    for (const { scale, zeroPoint } of steps.segments)
      if (scale !== null) {
        expect(whole.scales).toContain(scale);
        expect(whole.zeroPoints).toContain(zeroPoint);
      }
    expect(figuresOf(steps, 'error')).toEqual(
      slice(values).map((x, i) => x - whole.results[stretch.index + i]!),
    );
  });

  test('each step follows from the one before', () => {
    const saturate = steps.columns.find(c => c.kind === 'saturate');
    const before = figuresOf(steps, 'add-zero') ?? figuresOf(steps, 'round');
    const whole =
      saturate && (scheme().zeroPoint === 'before' ? figuresOf(steps, 'round') : before);
    if (saturate?.kind === 'saturate')
      figuresOf(steps, 'saturate')!.forEach((code, i) => {
        if (code === null) return;
        expect(code).toBe(Math.min(Math.max(whole![i]!, saturate.qmin), saturate.qmax));
        const { scale, zeroPoint } = steps.segments[steps.segmentOf[i]!]!;
        const result = figuresOf(steps, 'dequantize')![i];
        expect(Math.fround(Math.fround(code - zeroPoint!) * scale!)).toBe(result);
      });
    const v =
      figuresOf(steps, 'target') ?? figuresOf(steps, 'divide') ?? figuresOf(steps, 'normalize');
    figuresOf(steps, 'level')?.forEach((found, i) => {
      if (found === null) return;
      const { scale } = steps.segments[steps.segmentOf[i]!]!;
      expect(Math.fround(found * scale!)).toBe(figuresOf(steps, 'dequantize')![i]);
      // At most two roundings to float32: of a reciprocal, and of the product.
      expect(Math.abs(v![i]! - steps.values[i]! / scale!)).toBeLessThanOrEqual(
        2 ** -23 * Math.abs(v![i]!),
      );
    });
  });

  function scheme() {
    const order = steps.columns.map(c => c.kind);
    const isBefore =
      order.includes('add-zero') && order.indexOf('add-zero') < order.indexOf('round');
    return { zeroPoint: isBefore ? 'before' : 'after' };
  }
});

test('values of several groups tell scale and zero point each', () => {
  const steps = stepsOfValues('int4 asym group=2', [0, 1, -2, 4, 8, 9]);
  expect(steps.segments).toHaveLength(3);
  expect(steps.segmentOf).toEqual([0, 0, 1, 1, 2, 2]);
  expect(figuresOf(steps, 'scale')).toHaveLength(6);
  expect(new Set(figuresOf(steps, 'zero-point'))).toEqual(
    new Set(steps.segments.map(s => s.zeroPoint)),
  );
});

test('NaN and infinities go their way, and zeros are no loss', () => {
  const steps = stepsOfValues('int8 tensor', [Number.NaN, Infinity, 0, 1]);
  expect(figuresOf(steps, 'saturate')).toEqual([0, 127, 0, 127]);
  expect(steps.fate).toEqual([null, 'clipped', null, null]);
});

test('all zeros have scale 1', () => {
  const steps = stepsOfValues('levels{0,2,4} tensor', [0, 0]);
  expect(figuresOf(steps, 'dequantize')).toEqual([0, 0]);
  expect(steps.segments[0]!.scale).toBe(1);
});

test.each([
  ['int9', /unknown|int8/],
  ['q4_0', 'q4_0 packs blocks of 32 weights, and its rows have 3'],
])('%s is refused with a sentence', (text, message) => {
  expect(() => stepsOfValues(text, [1, 2, 3])).toThrow(message);
});
