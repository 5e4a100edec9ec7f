import { describe, expect, test } from 'vitest';
import { percentile } from '../../../../src/quant/calibration/percentile';
import { calibrate, goldenJson, referenceValues } from './calibrate';

const { percents, cases } = await goldenJson<{
  readonly percents: readonly number[];
  readonly cases: readonly { row: number; count: number; value: readonly number[] }[];
}>('percentiles.json');
const flat = await referenceValues();

describe.each(cases)('$count values from row $row on', ({ row, count, value }) => {
  const values = flat.subarray(row * 256, row * 256 + count);

  test.each(percents.map((percent, i) => [percent, i] as const))('percentile %d', (percent, i) => {
    const { range, curve, passes } = calibrate(percentile(percent, 100), values, 100);
    expect(range).toEqual({ lo: value[i], hi: value.at(-1) });
    expect(calibrate(percentile(0, percent), values).range).toEqual({ lo: value[0], hi: value[i] });
    expect(curve).toEqual([]);
    expect(passes).toBe(3);
  });
});
