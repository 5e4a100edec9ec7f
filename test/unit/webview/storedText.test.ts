import { expect, test } from 'vitest';
import {
  describeCodes,
  describeDistribution,
  describeMap,
  plainDistribution,
} from '../../../webview/charts/storedText';
import { roleText } from '../../../webview/views/storedAs';

const distribution = { count: 4, nonFinite: 0, min: -0.5, max: 2, mean: 0.25, bins: [1, 0, 3] };

test('codes in words: what is used, and how much is at the ends', () => {
  const codes = {
    first: -2,
    counts: [1, 0, 2, 5],
    ...{ used: 3, available: 4, ends: [-2, 1] as const, lowest: 1, highest: 5 },
  };
  expect(describeCodes(codes)).toBe(
    '3 of 4 codes used. Code −2, the lowest value, has 12.5 % of the weights; code 1, the highest, has 62.5 %.',
  );
  const empty = { ...codes, counts: [0, 0, 0, 0], used: 0, lowest: 0, highest: 0 };
  expect(describeCodes(empty)).toContain('has 0 % of the weights');
});

test('a distribution in words', () => {
  expect(describeDistribution('scales', distribution)).toBe(
    'Distribution of 4 values of scales: lowest, mean and highest −0.5000, 0.2500, 2',
  );
});

test('why a distribution has no bars', () => {
  const none = { ...distribution, min: null, max: null, mean: null, bins: [] };
  expect(plainDistribution(distribution)).toBeNull();
  expect(plainDistribution({ ...none, nonFinite: 4 })).toBe('No value is finite');
  expect(plainDistribution({ ...none, count: 0 })).toBe('There are none');
  expect(plainDistribution({ ...distribution, bins: [] })).toBe('All 4 values are the same');
  expect(plainDistribution({ ...distribution, count: 1, bins: [] })).toBe('One value');
});

test('a map in words', () => {
  const map = { shape: [4096, 32], rows: 1, cols: 2, means: [0.5, 0.25] } as const;
  expect(describeMap('scales', map)).toBe(
    'Map of scales, 4,096 rows by 32 groups, from 0.2500 to 0.5000',
  );
});

test('roles are words', () => {
  expect(['codes', 'zeroPoint', 'groupIndex'].map(roleText)).toEqual([
    'codes',
    'zero point',
    'group index',
  ]);
});
