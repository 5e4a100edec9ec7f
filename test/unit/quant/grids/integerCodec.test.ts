import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type IntegerArithmetic, integerCodec } from '../../../../src/quant/grids/integerCodec';
import { fixtures, placesFor, quantized } from './support';

const golden = JSON.parse(
  await readFile(path.join(fixtures, 'golden/reference.expected.json'), 'utf8'),
) as Record<string, number[]>;

const usual: IntegerArithmetic = {
  qmin: -128,
  qmax: 127,
  rounding: { kind: 'even' },
  division: 'divide',
  zeroPoint: 'after',
};
const ties = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5];

describe('orders of rounding', () => {
  test('onnxruntime adds the zero point after rounding', () => {
    const { codes } = quantized(integerCodec(usual), ties, { zeroPoint: 3 });
    expect(codes).toEqual(golden['round.ort.QuantizeLinear(s=1,zp=3)']);
  });

  test.each([0, 3])('torch adds a zero point of %d before rounding', zeroPoint => {
    const codec = integerCodec({ ...usual, division: 'reciprocal', zeroPoint: 'before' });
    const { codes } = quantized(codec, ties, { zeroPoint });
    expect(codes).toEqual(golden[`round.torch.quantize_per_tensor(s=1,zp=${zeroPoint},qint8)`]);
  });

  test("torch's fake quantization adds it after rounding", () => {
    const codec = integerCodec({ ...usual, division: 'reciprocal' });
    const { results } = quantized(codec, ties, { zeroPoint: 3 });
    expect(results).toEqual(golden['round.torch.fake_quantize(s=1,zp=3)']);
  });

  // Found with numpy, in float32.
  test('a reciprocal gives other codes than a quotient', () => {
    const x = [28.499998092651367, 52.499996185302734, 58.499996185302734];
    const reciprocal = integerCodec({ ...usual, division: 'reciprocal' });
    expect(quantized(integerCodec(usual), x, { scale: 3 }).codes).toEqual([9, 17, 19]);
    expect(quantized(reciprocal, x, { scale: 3 }).codes).toEqual([10, 18, 20]);
  });

  test('a real zero point: both steps of x^ are rounded', () => {
    const zeroPoint = Math.fround(7.3);
    const scale = Math.fround(0.013);
    const codec = integerCodec({ ...usual, qmin: 0, qmax: 15, zeroPoint: 'before' });
    const x = Float32Array.from({ length: 200 }, (_, i) => (i - 100) / 900);
    const { codes, results } = quantized(codec, x, { scale, zeroPoint });
    for (const [i, q] of codes.entries()) {
      expect(results[i]).toBe(Math.fround(Math.fround(q - zeroPoint) * scale));
      if (q > 0 && q < 15) expect(Math.abs(results[i]! - x[i]!)).toBeLessThan(0.51 * scale);
    }
  });
});

describe('what cannot be represented', () => {
  const values = [Number.NaN, Infinity, -Infinity, 127.5, 127.4, -128.6, 1e30];

  test.each([
    ['the usual loop', usual],
    ['the other loop', { ...usual, division: 'reciprocal' as const }],
  ])('%s: NaN is zero, the rest saturates', (_, arithmetic) => {
    const { codes, results, clipped } = quantized(integerCodec(arithmetic), values);
    expect(codes).toEqual([0, 127, -128, 127, 127, -128, 127]);
    expect(results).toEqual([0, 127, -128, 127, 127, -128, 127]);
    expect(clipped).toEqual([0, 1, 1, 1, 0, 1, 1]);
  });

  test('NaN gets the code nearest to a zero point that is real or outside', () => {
    const codec = integerCodec({ ...usual, qmin: 0, qmax: 15, zeroPoint: 'before' });
    expect(quantized(codec, [Number.NaN], { zeroPoint: 7.6 }).codes).toEqual([8]);
    expect(quantized(integerCodec(usual), [Number.NaN], { zeroPoint: -300 })).toEqual({
      codes: [-128],
      results: [172],
      clipped: [0],
    });
  });
});

test('data far from zero: a zero point outside the codes', () => {
  const codec = integerCodec({ ...usual, qmin: 0, qmax: 255 });
  const scale = Math.fround(7 / 255);
  const { codes, results } = quantized(codec, [3, 6.5, 10], { scale, zeroPoint: -109 });
  expect(codes).toEqual([0, 128, 255]);
  expect(results).toEqual([109, 237, 364].map(steps => Math.fround(steps * scale)));
});

test('a float64 is rounded to float32 before it is divided', () => {
  const x = 0.5 + 2 ** -40;
  expect(quantized(integerCodec(usual), [x]).codes).toEqual([0]);
});

test('the specialised loop and the general one do the same', () => {
  const x = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * 12.9898) * 3);
  const params = { scale: 2 ** -5, zeroPoint: 11 };
  const general = integerCodec({ ...usual, division: 'reciprocal' });
  expect(quantized(integerCodec(usual), x, params)).toEqual(quantized(general, x, params));
});

test('stochastic codes hang on the element, not on how the tensor is cut', () => {
  const codec = integerCodec({ ...usual, rounding: { kind: 'stochastic', seed: 3 } });
  const x = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i) * 40);
  const params = { scale: 1, zeroPoint: 0 };
  const whole = placesFor(x.length);
  codec.quantize({ values: x, from: 0, to: 600, index: 0, stride: 1 }, params, whole);
  // The same as 20 rows of 30, read column by column.
  for (let col = 0; col < 30; col++) {
    const column = Float32Array.from({ length: 20 }, (_, row) => x[30 * row + col]!);
    const out = placesFor(20);
    codec.quantize({ values: column, from: 0, to: 20, index: col, stride: 30 }, params, out);
    expect([...out.codes]).toEqual([...whole.codes].filter((_, i) => i % 30 === col));
  }
});
