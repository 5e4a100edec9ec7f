import { expect, test } from 'vitest';
import { ChannelCounter, maxChannels } from '../../../src/stats/channels';

function channelsOf(cols: number, chunks: readonly (readonly [index: number, number[]])[]) {
  const counter = new ChannelCounter(cols);
  for (const [index, values] of chunks) counter.add({ values: Float32Array.from(values), index });
  return counter.finish();
}

test('rows are put together from chunks that cut them', () => {
  const chunks: [number, number[]][] = [
    [0, [1]],
    [1, [2, 3, -9, 5]],
    [5, [4]],
  ];
  expect(channelsOf(3, chunks)).toEqual({
    absMax: [3, 9],
    mean: [2, 0],
    std: [Math.sqrt(2 / 3), Math.sqrt((81 + 25 + 16) / 3)],
    min: [1, -9],
    max: [3, 5],
  });
});

test('no rows: no channels', () => {
  expect(channelsOf(0, [])!.absMax).toEqual([]);
  expect(channelsOf(0, [[0, []]])!.absMax).toEqual([]);
});

test('the last row that is kept, and the first that is too many', () => {
  const last = channelsOf(2, [[2 * maxChannels - 1, [7]]])!;
  expect(last.max).toHaveLength(maxChannels);
  expect(last.max.at(-1)).toBe(7);
  expect(channelsOf(2, [[2 * maxChannels, [7]]])).toBeNull();
  expect(channelsOf(1, [[maxChannels - 1, [7, 8]]])).toBeNull();
});
