import { expect, test } from 'vitest';
import type { Places, ValuesPage } from '../../../../src/protocol/values';
import { createPages } from '../../../../webview/values/pages';
import { elementAt, sliceOf } from '../../../../webview/values/slice';

const shape = [1000, 700];
const slice = sliceOf(shape, { rowAxis: 0, colAxis: 'rest', fixed: [] });

/** Pages whose values are the numbers of their elements; they come when they are let go. */
function setUp() {
  const asked: { places: Places; signal: AbortSignal; answer(): void; fail(e: Error): void }[] = [];
  let changes = 0;
  const pages = createPages({
    fetch: (places, signal) =>
      new Promise<ValuesPage>((resolve, reject) => {
        const { first, rows, rowStep, cols, colStep } = places;
        const values = Float64Array.from(
          { length: rows * cols },
          (_, i) => first + Math.floor(i / cols) * rowStep + (i % cols) * colStep,
        );
        const page = { values, exact: null, quantized: null, misfit: null };
        asked.push({ places, signal, answer: () => resolve(page), fail: reject });
      }),
    onChange: () => void changes++,
  });
  pages.reset(slice);
  return { pages, asked, changes: () => changes };
}

const settle = () => new Promise(resolve => setImmediate(resolve));

test('what is looked at is asked for once, in pages that end with the slice', async () => {
  const { pages, asked } = setUp();
  const window = { row: 60, rowEnd: 90, col: 660, colEnd: 700 };
  pages.want(window);
  pages.want(window);
  expect(asked.map(({ places }) => [places.first, places.rows, places.cols])).toEqual([
    [640, 64, 60],
    [64 * 700 + 640, 64, 60],
  ]);
  for (const { answer } of asked) answer();
  await settle();
  for (const cell of [
    { row: 60, col: 660 },
    { row: 89, col: 699 },
    { row: 64, col: 640 },
  ]) {
    const found = pages.at(cell)!;
    expect(found.page.values[found.slot]).toBe(elementAt(slice, cell));
  }
  pages.want(window);
  expect(asked).toHaveLength(2);
  expect(pages.isLoading).toBe(false);
});

test('what scrolls away is given up', async () => {
  const { pages, asked } = setUp();
  pages.want({ row: 0, rowEnd: 20, col: 0, colEnd: 10 });
  pages.want({ row: 500, rowEnd: 520, col: 0, colEnd: 10 });
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  asked[0]!.answer();
  await settle();
  expect(pages.at({ row: 0, col: 0 })).toBeUndefined();
});

test('the pages used longest ago go, however far one scrolls', async () => {
  const { pages, asked } = setUp();
  for (let row = 0; row < 1000; row += 64)
    for (let col = 0; col < 700; col += 64) {
      pages.want({ row, rowEnd: row + 1, col, colEnd: col + 1 });
      asked.at(-1)!.answer();
      await settle();
    }
  expect(asked).toHaveLength(16 * 11);
  expect(pages.at({ row: 999, col: 699 })).toBeDefined();
  expect(pages.at({ row: 0, col: 0 })).toBeUndefined();
});

test('an error stops asking until somebody tries again', async () => {
  const { pages, asked } = setUp();
  const window = { row: 0, rowEnd: 20, col: 0, colEnd: 10 };
  pages.want(window);
  asked[0]!.fail(new Error('the disk is gone'));
  await settle();
  expect(pages.error).toMatchObject({ message: 'the disk is gone' });
  pages.want(window);
  expect(asked).toHaveLength(1);
  pages.retry();
  expect([pages.error, asked.length]).toEqual([null, 2]);
});

test('another slice drops everything', async () => {
  const { pages, asked } = setUp();
  pages.want({ row: 0, rowEnd: 20, col: 0, colEnd: 10 });
  pages.reset(slice);
  expect(asked[0]!.signal.aborted).toBe(true);
});
