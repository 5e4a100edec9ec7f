import { expect, test } from 'vitest';
import { castCodec } from '../../../../src/quant/grids/castCodec';
import { quantized } from './support';

// Codes as numpy's float16 has them; bfloat16 is the upper half of the float32.
test('float16 rounds half to even and saturates', () => {
  const values = [1, -2.5, 0.1, 65519, 65520, -1e9, Infinity, Number.NaN, 2 ** -25, 3 * 2 ** -25];
  const { codes, results, clipped } = quantized(castCodec('fp16'), values);
  expect(codes).toEqual([0x3c00, 0xc100, 0x2e66, 0x7bff, 0x7bff, 0xfbff, 0x7bff, 0, 0, 2]);
  expect(results).toEqual([1, -2.5, 0.0999755859375, 65504, 65504, -65504, 65504, 0, 0, 2 ** -23]);
  expect(clipped).toEqual([0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
});

test('bfloat16 rounds half to even and saturates', () => {
  const largest = 0xff * 2 ** 120;
  const values = [
    1,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    largest,
    2 ** 128 - 2 ** 104,
    -Infinity,
    Number.NaN,
  ];
  const { codes, results, clipped } = quantized(castCodec('bf16'), values);
  expect(codes).toEqual([0x3f80, 0x3f80, 0x3f82, 0x7f7f, 0x7f7f, 0xff7f, 0]);
  expect(results).toEqual([1, 1, 1 + 2 ** -6, largest, largest, -largest, 0]);
  expect(clipped).toEqual([0, 0, 0, 0, 1, 1, 0]);
});
