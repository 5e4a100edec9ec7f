import { describe, expect, test } from 'vitest';
import { codeRange, type IntegerGrid, integerRule } from '../../../../src/quant/grids/integer';
import { storeScale } from '../../../../src/quant/scaleStore';

const int8: IntegerGrid = { bits: 8, signed: true, symmetric: true, range: 'narrow', zero: 'in' };
const uint8: IntegerGrid = { ...int8, signed: false, symmetric: false };
const paramsOf = (grid: IntegerGrid, lo: number, hi: number) =>
  integerRule(grid, storeScale('f32'))({ lo, hi });

test('code ranges', () => {
  expect(codeRange(int8)).toEqual({ qmin: -127, qmax: 127 });
  expect(codeRange({ ...int8, range: 'full' })).toEqual({ qmin: -128, qmax: 127 });
  expect(codeRange({ ...int8, bits: 4, symmetric: false })).toEqual({ qmin: -8, qmax: 7 });
  expect(codeRange({ ...uint8, bits: 4 })).toEqual({ qmin: 0, qmax: 15 });
  expect(codeRange({ ...uint8, bits: 4, symmetric: true })).toEqual({ qmin: 1, qmax: 15 });
});

describe('parameters', () => {
  test('zeros have scale 1 and the zero point of a symmetric grid', () => {
    expect(paramsOf(int8, 0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(paramsOf({ ...int8, symmetric: false }, 0, 0)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(paramsOf({ ...uint8, symmetric: true }, 0, 0)).toEqual({ scale: 1, zeroPoint: 128 });
  });

  test('a scale that rounds to 0 becomes 1', () => {
    expect(paramsOf(int8, 0, 1e-44).scale).toBe(1);
  });

  test('the scale is computed in float64 and stored as float32', () => {
    expect(paramsOf(int8, -2.5, 3.5)).toEqual({ scale: Math.fround(3.5 / 127), zeroPoint: 0 });
    expect(paramsOf(uint8, -2.5, 3.5)).toEqual({ scale: Math.fround(6 / 255), zeroPoint: 106 });
  });

  test('a free range slides the zero point out of the codes, else it holds 0', () => {
    const free = paramsOf({ ...uint8, zero: 'free' }, 3, 10);
    expect(free).toEqual({ scale: Math.fround(7 / 255), zeroPoint: -109 });
    expect(paramsOf(uint8, 3, 10)).toEqual({ scale: Math.fround(10 / 255), zeroPoint: 0 });
    expect(paramsOf(uint8, -10, -3).zeroPoint).toBe(255);
  });

  test('a scale given by hand', () => {
    const rule = integerRule(uint8, storeScale('f32'), 0.5);
    expect(rule({ lo: -8, hi: 8 })).toEqual({ scale: 0.5, zeroPoint: 16 });
  });
});
