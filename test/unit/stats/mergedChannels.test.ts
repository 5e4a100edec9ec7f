import { expect, test } from 'vitest';
import { ChannelCounter, maxChannels } from '../../../src/stats/channels';

test('blocks of rows, merged, are the whole', () => {
  const values = Float32Array.from({ length: 21 }, (_, i) => (i % 4) - i / 7);
  const counted = (from: number, to: number) => {
    const counter = new ChannelCounter(3, from / 3);
    counter.add({ values: values.subarray(from, to), index: from });
    return counter.finish();
  };
  const merged = new ChannelCounter(3);
  for (const [from, to] of [
    [0, 6],
    [6, 9],
    [9, 21],
  ] as const)
    merged.merge(counted(from, to));
  expect(merged.finish()).toEqual(counted(0, 21));
});

test('as many rows as are kept may be merged at once', () => {
  const row = new Array<number>(maxChannels).fill(1);
  const merged = new ChannelCounter(2);
  merged.merge({ absMax: row, mean: row, std: row, min: row, max: row });
  expect(merged.finish()!.max).toHaveLength(maxChannels);
});

test('too many in one block are too many', () => {
  const merged = new ChannelCounter(2);
  merged.merge(null);
  expect(merged.finish()).toBeNull();
});
