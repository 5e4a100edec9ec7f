import { expect, test } from 'vitest';
import type { ClipKernelOptions } from '../../../src/kernels/clip';
import { clipSearch } from '../../../src/quant/calibration/clipSearch';
import { codeRange, type IntegerGrid, integerRule } from '../../../src/quant/grids/integer';
import { integerCodec } from '../../../src/quant/grids/integerCodec';
import { storeScale } from '../../../src/quant/scaleStore';
import { builtKernels } from './built';
import { weights } from './values';

const kernels = builtKernels();
const grids = [3, 4, 8].flatMap(bits =>
  [true, false].map(
    (symmetric): IntegerGrid => ({ bits, signed: true, symmetric, range: 'full', zero: 'in' }),
  ),
);

function optionsOf(grid: IntegerGrid, norm: 2 | 2.4, hasCurve: boolean): ClipKernelOptions {
  const params = integerRule(grid, storeScale('f32'));
  return { grid: 100, shrink: 0.8, norm, params, codes: codeRange(grid), hasCurve };
}

function twin(values: Float32Array, grid: IntegerGrid, norm: number) {
  const search = clipSearch({
    grid: 100,
    shrink: 0.8,
    norm,
    params: integerRule(grid, storeScale('f32')),
    codec: integerCodec({
      ...codeRange(grid),
      rounding: { kind: 'even' },
      division: 'divide',
      zeroPoint: 'after',
    }),
  });
  search.add(values, 0, values.length);
  search.finish();
  search.add(values, 0, values.length);
  return search.finish()!;
}

test.each(grids)('$bits bits, symmetric $symmetric: the range of the twin, or none', grid => {
  let found = 0;
  let searches = 0;
  for (const length of [1, 15, 16, 40, 128, 1000, 3001])
    for (const scale of [1e-6, 0.05, 100])
      for (const norm of [2, 2.4] as const) {
        const values = weights(length, length + grid.bits, scale);
        const wanted = twin(values, grid, norm);
        const pruned = kernels.clipSearch(values, optionsOf(grid, norm, false));
        const whole = kernels.clipSearch(values, optionsOf(grid, norm, true));
        searches++;
        if (!whole || !pruned) continue;
        found++;
        const { range, params } = wanted;
        expect(pruned).toEqual({ range, params, curve: [] });
        expect({ range: whole.range, params: whole.params }).toEqual({ range, params });
        for (const [i, [share, loss]] of whole.curve.entries()) {
          const [wantedShare, wantedLoss] = wanted.curve[i]!;
          expect(share).toBe(wantedShare);
          expect(Math.abs(loss - wantedLoss)).toBeLessThanOrEqual(2 ** -16 * wantedLoss);
        }
      }
  // It must not hand everything back.
  expect(found / searches).toBeGreaterThan(0.85);
});

test('hands back what it cannot tell', () => {
  const options = optionsOf(grids[0]!, 2, false);
  expect(kernels.clipSearch(new Float32Array(0), options)).toBeNull();
  expect(kernels.clipSearch(new Float32Array(50), options)).toBeNull();
  expect(kernels.clipSearch(Float32Array.of(1, NaN, 2), options)).toBeNull();
  expect(kernels.clipSearch(Float32Array.of(1, 3, Infinity, 2, 5), options)).toBeNull();
  expect(kernels.clipSearch(weights(100, 1, 1e-12), options)).toBeNull();
});
