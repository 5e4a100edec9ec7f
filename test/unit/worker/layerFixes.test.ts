import { expect, test } from 'vitest';
import { parseScheme } from '../../../src/quant/schemeText';
import { fixesOf } from '../../../src/quant/theory/fixes';
import { fixesOfLayer } from '../../../src/worker/layerFixes';
import { memoryFiles } from '../countingSource';
import { isNear, outcomeOf } from './layer';
import { stored, weights } from './shared';

const shape = [16, 256] as const;
const values = weights(shape, row => 1 + (row % 4));
values[300] = 8;
const { entry, file } = stored(values, shape);

const fixes = (scheme: string, tensor = entry) =>
  fixesOfLayer(
    memoryFiles({ f: file }),
    { entry: tensor, fileSize: file.length, sigma: 6, scheme },
    {},
  );

test.each(['int4', 'int4 tensor', 'q4_0', 'nf4 group=64'])(
  'each change of %s is what a run of its own makes of it',
  async text => {
    const found = await fixes(text);
    const expected = fixesOf(parseScheme(text), { rows: 16, cols: 256 });
    expect(found.map(({ cause, scheme }) => ({ cause, scheme }))).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
    const before = outcomeOf(text, values, shape).report.sqnrDb!;
    for (const { scheme, sqnrDb, gainDb, bitsPerWeight } of found) {
      const { report } = outcomeOf(scheme, values, shape);
      expect(isNear(sqnrDb!, report.sqnrDb!, 1e-10), scheme).toBe(true);
      expect(gainDb).toBeCloseTo(report.sqnrDb! - before, 8);
      expect(bitsPerWeight).toBe(report.bitsPerWeight);
    }
  },
);

test('keeping the one outlier apart gains much', async () => {
  const [first] = await fixes('int4 tensor');
  expect(first).toMatchObject({ cause: 'outliers' });
  expect(first!.gainDb).toBeGreaterThan(6);
});

test('of casts, and of tensors that schemes do not apply to, there is none', async () => {
  expect(await fixes('fp16')).toEqual([]);
  expect(await fixes('int8', { ...entry, dtype: 'I32' })).toEqual([]);
  expect(await fixes('q4_k', { ...entry, shape: [256, 16] })).toEqual([]);
});
