import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sideBySide } from '../../../src/cli/sideBySide';

test('results are in the order of the items, whichever is done first', async () => {
  const ends: string[] = [];
  const turns = { slow: 9, quick: 1, medium: 4 };
  const results = await sideBySide(Object.entries(turns), 3, async ([name, count]) => {
    for (let i = 0; i < count; i++) await turn();
    ends.push(name);
    return name.toUpperCase();
  });
  expect(ends).toEqual(['quick', 'medium', 'slow']);
  expect(results).toEqual(['SLOW', 'QUICK', 'MEDIUM']);
});

test.each([
  [10, 3, 3],
  [2, 8, 2],
  [0, 8, 0],
])('%i items, at most %i at a time: %i are under way', async (count, most, expected) => {
  let running = 0;
  let peak = 0;
  const items = Array.from({ length: count }, (_, i) => i);
  const results = await sideBySide(items, most, async i => {
    peak = Math.max(peak, ++running);
    await turn();
    running--;
    return i;
  });
  expect(peak).toBe(expected);
  expect(results).toEqual(items);
});

test('the first error is thrown, and nothing is begun after it', async () => {
  const begun: number[] = [];
  const failing = sideBySide([0, 1, 2, 3, 4, 5], 2, async i => {
    begun.push(i);
    for (let n = 0; n < (i === 0 ? 5 : 1); n++) await turn();
    if (i === 2) throw new Error('the third');
  });
  await expect(failing).rejects.toThrow('the third');
  for (let n = 0; n < 10; n++) await turn();
  expect(begun).toEqual([0, 1, 2]);
});
