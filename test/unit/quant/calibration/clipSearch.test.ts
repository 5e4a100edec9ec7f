import { describe, expect, test } from 'vitest';
import type { Calibrated } from '../../../../src/quant/calibration/calibrator';
import { type ClipSearchOptions, clipSearch } from '../../../../src/quant/calibration/clipSearch';
import type { IntegerGrid } from '../../../../src/quant/grids/integer';
import { integerCodec } from '../../../../src/quant/grids/integerCodec';
import { runtimes } from '../../../../src/quant/runtimes/all';
import { cols, expected, reference, room, row, rows } from '../reference';

/** GPTQ's own search over its own grid. */
function gptqSearch(bits: number, symmetric: boolean): ClipSearchOptions {
  const gptq = runtimes.find(r => r.name === 'gptq')!;
  const grid: IntegerGrid = { bits, signed: false, symmetric, range: 'full', zero: 'in' };
  const { zeroPoint } = gptq;
  const rounding = { kind: gptq.rounding };
  const division = gptq.division(grid);
  return {
    grid: 100,
    shrink: 0.8,
    norm: 2.4,
    params: gptq.paramRule(grid),
    codec: integerCodec({ ...gptq.codeRange(grid), rounding, division, zeroPoint }),
  };
}

/** Runs all passes over values that come in pieces of `size`. */
function calibrate(
  options: ClipSearchOptions,
  values: Float32Array | Float64Array,
  size: number,
): Calibrated {
  const calibrator = clipSearch(options);
  for (let pass = 1; pass <= 2; pass++) {
    for (let i = 0; i < values.length; i += size)
      calibrator.add(values, i, Math.min(i + size, values.length));
    const result = calibrator.finish();
    if (result) return result;
  }
  throw new Error('asks for a third pass');
}

const relative = (actual: number, wanted: number) => Math.abs(actual / wanted - 1);

describe('GPTQ', () => {
  interface Entry {
    readonly 'rows[0,3,40,50]': readonly (readonly [number, number])[];
    readonly mse: number;
    readonly 'l2.4': number;
  }

  test.each([
    ['4b.sym', 4, true],
    ['4b.asym', 4, false],
    ['8b.sym', 8, true],
    ['8b.asym', 8, false],
  ])('gptq.find_params.%s.mse', (key, bits, symmetric) => {
    const wanted = expected[`gptq.find_params.${key}.mse`] as Entry;
    const options = gptqSearch(bits, symmetric);
    const out = room(cols);
    let squares = 0;
    let powers = 0;
    for (let r = 0; r < rows; r++) {
      const values = row(r);
      const { params, curve } = calibrate(options, values, cols);
      const place = [0, 3, 40, 50].indexOf(r);
      if (place >= 0) {
        const [scale, zeroPoint] = wanted['rows[0,3,40,50]'][place]!;
        expect(params).toEqual({ scale, zeroPoint });
      }
      options.codec.quantize({ values, from: 0, to: cols, index: 0, stride: 1 }, params!, out);
      let rowPowers = 0;
      for (const [i, x] of values.entries()) {
        const e = Math.abs(out.results[i]! - x);
        squares += e * e;
        rowPowers += e ** 2.4;
      }
      powers += rowPowers;
      expect(Math.min(...curve.map(c => c[1]))).toBeCloseTo(rowPowers, 9);
    }
    expect(relative(squares / (rows * cols), wanted.mse)).toBeLessThan(1e-5);
    expect(relative(powers, wanted['l2.4'])).toBeLessThan(1e-5);
  });
});

describe('the search', () => {
  const options = gptqSearch(4, false);

  test('does not depend on how the values are cut, beyond the order of sums', () => {
    const whole = calibrate(options, reference, reference.length);
    for (const size of [1, 1000, 2048, 2049]) {
      const { params, range, curve } = calibrate(options, reference, size);
      expect({ params, range }).toEqual({ params: whole.params, range: whole.range });
      expect(curve).toHaveLength(80);
      for (const [i, [p, loss]] of curve.entries()) {
        expect(p).toBe(1 - i / 100);
        expect(relative(loss, whole.curve[i]![1])).toBeLessThan(1e-12);
      }
    }
  });

  test('of equal losses the widest range wins', () => {
    const { range, params } = calibrate(options, new Float32Array(9), 4);
    expect(range).toEqual({ lo: 0, hi: 0 });
    expect(params).toEqual({ scale: Math.fround(2 / 15), zeroPoint: 7 });
  });

  test('passes over NaN and infinities', () => {
    const clean = calibrate(options, row(3), cols);
    const values = new Float64Array(cols + 3);
    values.set(row(3));
    values.set([NaN, Infinity, -Infinity], cols);
    expect(calibrate(options, values, 100).params).toEqual(clean.params);
  });

  test('without a finite value the range is [0, 0]', () => {
    for (const values of [new Float32Array(0), Float32Array.of(NaN, Infinity)]) {
      const { range, curve } = calibrate(options, values, 10);
      expect(range).toEqual({ lo: 0, hi: 0 });
      expect(curve).toEqual([]);
    }
  });

  test('tries the whole range even where nothing may be shrunk', () => {
    const { curve, range } = calibrate({ ...options, shrink: 0.001 }, row(0), cols);
    expect(curve).toHaveLength(1);
    expect(range).toEqual({ lo: Math.min(...row(0)), hi: Math.max(...row(0)) });
  });

  test('norm 2 is the squared error', () => {
    const { curve } = calibrate({ ...options, norm: 2, shrink: 0.01 }, row(0), cols);
    const out = room(cols);
    const { params } = calibrate({ ...options, shrink: 0.01 }, row(0), cols);
    options.codec.quantize(
      { values: row(0), from: 0, to: cols, index: 0, stride: 1 },
      params!,
      out,
    );
    const squares = row(0).reduce((sum, x, i) => sum + (x - out.results[i]!) ** 2, 0);
    expect(relative(curve[0]![1], squares)).toBeLessThan(1e-6);
  });
});
