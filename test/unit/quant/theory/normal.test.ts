import { describe, expect, test } from 'vitest';
import {
  density,
  logWithin,
  tabulate,
  upperQuantile,
  upperTail,
} from '../../../../src/quant/theory/normal';
import { eachPlace } from '../../../../src/quant/theory/quadrature';

/** erfc(x / sqrt 2) / 2 of these doubles, by mpmath with 40 digits. */
const tails: readonly (readonly [x: number, tail: number])[] = [
  [0, 0.5],
  [0.001, 0.49960105778608893],
  [0.5, 0.3085375387259869],
  [1, 0.15865525393145705],
  [1.96, 0.024997895148220435],
  [2.999, 0.0013543365337271062],
  [3, 0.0013498980316300946],
  [3.5, 0.00023262907903552504],
  [5, 2.866515718791939e-7],
  [6, 9.86587645037698e-10],
  [8, 6.220960574271784e-16],
  [12, 1.776482112077679e-33],
  [20, 2.7536241186062337e-89],
];

describe('the upper tail', () => {
  test.each(tails)('above %d', (x, tail) => {
    expect(Math.abs(upperTail(x) / tail - 1)).toBeLessThan(2e-14);
    expect(upperTail(-x)).toBeCloseTo(1 - tail, 15);
  });

  test('of infinity', () => {
    expect(upperTail(Infinity)).toBe(0);
    expect(upperTail(-Infinity)).toBe(1);
    expect(logWithin(Infinity)).toBeCloseTo(0, 20);
    expect(logWithin(0)).toBe(-Infinity);
  });

  test.each(tails)('has its quantile: %d', (x, tail) => {
    if (x > 0) expect(Math.abs(upperQuantile(tail) / x - 1)).toBeLessThan(1e-9);
    if (x < 6) expect(Math.abs(upperQuantile(1 - tail) + x)).toBeLessThan(1e-6);
  });
});

test('the table agrees with the functions', () => {
  const xs = Float64Array.from({ length: 5001 }, (_, i) => (i - 2500) * 0.00412345);
  const out = { below: new Float64Array(xs.length), density: new Float64Array(xs.length) };
  tabulate(xs, xs.length, out);
  xs.forEach((x, i) => {
    expect(Math.abs(out.below[i]! - upperTail(-x))).toBeLessThan(1e-15);
    expect(Math.abs(out.density[i]! - density(x))).toBeLessThan(1e-15);
  });
});

test('places and weights integrate polynomials exactly, panel by panel', () => {
  let sum = 0;
  eachPlace([-1, 0.5, 2], 4, (x, weight) => {
    sum += weight * (x ** 7 + x ** 4);
  });
  expect(sum).toBeCloseTo((2 ** 8 - 1) / 8 + (2 ** 5 + 1) / 5, 12);
});
