import { expect, test } from 'vitest';
import { type CastTotal, type CastTotals, castFormats } from '../../../../src/protocol/precision';
import { castWords } from '../../../../webview/precision/texts';

const no = { values: 0, layers: 0 };
const fp16 = (given: Partial<CastTotal>): CastTotal => ({
  ...{ format: 'fp16', changed: no, overflow: no, underflow: no, subnormal: no },
  ...given,
});
const totals: CastTotals = {
  ...{ generation: 1, layers: 7, known: 7, failed: 0, sampled: false, dtype: 'BF16' },
  ...{ values: 20_000, absMax: 2 },
  formats: castFormats.map(format => ({ ...fp16({}), format })),
};

test.each([
  [
    'nothing is lost',
    totals,
    fp16({}),
    'BF16 → FP16: all 20,000 values stay the same. Nothing is lost.',
  ],
  [
    'values underflow',
    totals,
    fp16({ changed: { values: 12, layers: 3 }, underflow: { values: 12, layers: 3 } }),
    'BF16 → FP16: 12 of 20,000 values change (0.060 %). No overflow. Become 0: 12 values, in 3 layers.',
  ],
  [
    'all of it, of different types, in part, and of a sample',
    { ...totals, dtype: null, known: 2, sampled: true },
    fp16({
      changed: { values: 5, layers: 2 },
      overflow: { values: 1, layers: 1 },
      underflow: { values: 2, layers: 1 },
      subnormal: { values: 3, layers: 2 },
    }),
    'FP16: 5 of 20,000 values change (0.025 %). Overflow: 1 value, in 1 layer. Become 0: 2 values, in 1 layer. Become subnormal: 3 values, in 2 layers. So far 2 of 7 layers. Counted in a sample of the values.',
  ],
  ['nothing is known', { ...totals, known: 0, values: 0 }, fp16({}), ''],
  ['there is no value', { ...totals, values: 0 }, fp16({}), 'There are no finite values to cast.'],
])('words when %s', (_, all, cast, words) => {
  expect(castWords(all, cast)).toBe(words);
});
