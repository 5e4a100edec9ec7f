import { describe, expect, test } from 'vitest';
import { nf4Double } from '../../../../src/quant/formats/doubleQuant';
import { mxFormats } from '../../../../src/quant/formats/mx';
import { nvfp4 } from '../../../../src/quant/formats/nvfp4';
import { quantizedRows } from '../grids/support';

describe('MX', () => {
  test.each([
    ['mxfp4', 2],
    ['mxfp6', 2],
    ['mxfp6-e3m2', 4],
    ['mxfp8', 8],
    ['mxfp8-e5m2', 15],
  ] as const)('%s: the scale is 2^(floor(log2 max) - %d)', (name, emax) => {
    for (const [largest, power] of [
      [1, 0],
      [Math.fround(2 - 2 ** -23), 0],
      [-2, 1],
      [2 ** -100, -100],
      [2 ** 127, 127],
    ] as const) {
      const { scales, results, clipped } = quantizedRows(
        mxFormats[name],
        Float32Array.of(0, largest, largest / 2),
        3,
      );
      expect(scales).toEqual([2 ** (power - emax)]);
      if (Math.abs(largest) === 2 ** power) {
        expect([...results]).toEqual([0, largest, largest / 2]);
        expect([...clipped]).toEqual([0, 0, 0]);
      }
    }
  });

  test('saturates between the largest level and the next power of two', () => {
    const { codes, results, clipped } = quantizedRows(
      mxFormats.mxfp4,
      Float32Array.of(7.5, -7, 6.9, 5, 2.5),
      5,
    );
    expect([...codes]).toEqual([7, 15, 7, 6, 4]);
    expect([...results]).toEqual([6, -6, 6, 4, 2]);
    expect([...clipped]).toEqual([1, 1, 0, 0, 0]);
  });

  test('a block of zeros, or of what is too small for a scale', () => {
    const values = Float32Array.of(0, 0, 2 ** -149, -(2 ** -140));
    const zeros = quantizedRows(mxFormats.mxfp4, values.subarray(0, 2), 2);
    expect([[...zeros.codes], zeros.scales]).toEqual([[0, 0], [2 ** -127]]);
    expect(quantizedRows(mxFormats.mxfp8, values, 4).scales).toEqual([2 ** -127]);
  });

  test('rows begin a block of their own, and what is not finite has no say', () => {
    const row = Float32Array.from({ length: 40 }, (_, i) => (i < 32 ? 1 : 4));
    row[3] = Infinity;
    row[33] = Number.NaN;
    const { scales, codes, results } = quantizedRows(
      mxFormats.mxfp4,
      Float32Array.of(...row, ...row),
      40,
    );
    expect(scales).toEqual([0.25, 1, 0.25, 1]);
    expect([codes[3], results[3], codes[33], results[33]]).toEqual([7, 1.5, 0, 0]);
  });
});

describe('NVFP4', () => {
  test('a tensor of zeros has scale 1', () => {
    const { scales, results } = quantizedRows(nvfp4, new Float32Array(16), 16);
    expect([scales, [...results]]).toEqual([[1], Array(16).fill(0)]);
  });

  test('a block of zeros beside others has a stored scale of 1', () => {
    const values = new Float32Array(32).fill(2688, 16);
    expect(quantizedRows(nvfp4, values, 32).scales).toEqual([1, 448]);
  });

  test('a block too small for a scale becomes zeros', () => {
    const values = Float32Array.of(...Array(16).fill(2688), ...Array(15).fill(1e-4), 0);
    const { scales, results, clipped } = quantizedRows(nvfp4, values, 32);
    expect(scales).toEqual([448, 0]);
    expect([...results.subarray(16)]).toEqual(Array(16).fill(0));
    expect([...clipped.subarray(16)]).toEqual([...Array(15).fill(1), 0]);
  });
});

describe('NF4 with double quantization', () => {
  test('equal blocks have the mean for scale', () => {
    const values = Float32Array.from({ length: 128 }, (_, i) => ((i % 64) - 32) / 64);
    const { scales, codes } = quantizedRows(nf4Double, values, 128);
    expect(scales).toEqual([0.5, 0.5]);
    expect([codes[0], codes[32], codes[64]]).toEqual([0, 7, 0]);
  });

  test('zeros, and nothing finite', () => {
    const values = Float32Array.of(...Array(64).fill(0), Number.NaN, Infinity);
    const { scales, codes, results, clipped } = quantizedRows(nf4Double, values, 66);
    expect(scales).toEqual([0, 0]);
    expect([...codes.subarray(62)]).toEqual([7, 7, 7, 15]);
    expect(results.every(x => x === 0)).toBe(true);
    expect([clipped[64], clipped[65]]).toEqual([0, 1]);
  });
});
