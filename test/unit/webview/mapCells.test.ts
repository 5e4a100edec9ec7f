import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellRange, cellText, extentOf } from '../../../webview/charts/mapCells';

test('a cell stands for the parameters that fall into it', () => {
  const sizes = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 96 }), (length, most) => {
      const cells = Math.min(length, most);
      const members = Array.from({ length: cells }, () => [] as number[]);
      for (let i = 0; i < length; i++) members[Math.floor((i * cells) / length)]!.push(i);
      members.forEach((of, cell) => {
        expect(cellRange(cell, cells, length)).toEqual({ from: of[0], to: of.at(-1)! + 1 });
      });
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('where a cell is, in words', () => {
  const map = { shape: [4, 3], rows: 2, cols: 3, means: [1, 2, 3, 4, 5, 6] } as const;
  expect(cellText(map, 5)).toBe('rows 2 … 3, group 2');
  const tall = { ...map, shape: [4096, 3] } as const;
  expect(cellText(tall, 3)).toBe('rows 2,048 … 4,095, group 0');
});

test('the extent leaves out what is not finite', () => {
  const map = (means: (number | null)[]) => ({
    shape: [1, means.length] as const,
    rows: 1,
    cols: means.length,
    means,
  });
  expect(extentOf(map([null, 3, -2, null]))).toEqual([-2, 3]);
  expect(extentOf(map([null]))).toBeNull();
});
