import { expect, test } from 'vitest';
import { TopValues } from '../../../src/stats/topValues';

const indexesOf = (chunks: readonly (readonly number[])[]) => {
  const top = new TopValues();
  let index = 0;
  for (const c of chunks) {
    top.add({ values: Float64Array.from(c), index });
    index += c.length;
  }
  return top.result.map(t => t.index);
};

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

test('sixteen are kept, whichever way the values come', () => {
  const last = upTo(16).map(i => 99 - i);
  expect(indexesOf([upTo(100)])).toEqual(last);
  expect(indexesOf([upTo(100).map(i => -100 - i)])).toEqual(last);
  expect(indexesOf([upTo(100).reverse()])).toEqual(upTo(16));
});

test.each([15, 16, 17])('%d values', count => {
  expect(indexesOf([upTo(count).map(() => 1)])).toEqual(upTo(Math.min(16, count)));
});

test('of equals the lower index comes first, in one chunk or in two', () => {
  expect(indexesOf([[1, -2, 2, 1, -2]])).toEqual([1, 2, 4, 0, 3]);
  expect(indexesOf([[1, -2], [2, 1], [], [-2]])).toEqual([1, 2, 4, 0, 3]);
});

test('places beyond 2^32 keep all their digits', () => {
  const top = new TopValues();
  top.add({ values: Float32Array.of(1), index: 2 ** 52 + 1 });
  expect(top.result).toEqual([{ index: 2 ** 52 + 1, value: 1 }]);
});

test('NaN and infinities are no values', () => {
  expect(indexesOf([[NaN, -Infinity, 0, Infinity, -0]])).toEqual([2, 4]);
});
