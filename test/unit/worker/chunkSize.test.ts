import { expect, test } from 'vitest';
import { parseScheme } from '../../../src/quant/schemeText';
import { chunkSizeFor } from '../../../src/worker/chunkSize';
import { entry } from '../host/fakes';

const size = (cols: number, ...schemes: string[]) =>
  chunkSizeFor(entry('t', [4096, cols]), schemes.map(parseScheme), 2 ** 20);

test.each([
  [2 ** 20, []],
  [2 ** 20, ['int8']],
  [2 ** 18, ['int8', 'int4 group=128', 'nf4']],
  [2 ** 20, ['int8 tensor calib=entropy:ort,2048,128']],
  [2 ** 19, ['q4_0']],
  [2 ** 16, ['q4_k']],
  [2 ** 15, ['int4 group=64 calib=hqq']],
  [2 ** 14, ['int4 group=128 calib=mse']],
])('%i bytes at a time for %j', (bytes, schemes) => {
  expect(size(64, ...schemes)).toBe(bytes);
});

test('rows are not cut that were whole before', () => {
  expect(size(10_000, 'int4 group=128 calib=mse')).toBe(40_000);
  expect(size(1_000_000, 'int4 group=128 calib=mse')).toBe(2 ** 20);
});

test('a smaller size that is set stays', () => {
  expect(chunkSizeFor(entry('t', [4096, 64]), [parseScheme('int8')], 4096)).toBe(4096);
});

test('tensors without rows have a size too', () => {
  expect(chunkSizeFor(entry('t', [0, 64]), [], 2 ** 20)).toBe(2 ** 20);
});
