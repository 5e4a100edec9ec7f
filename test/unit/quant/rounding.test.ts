import { describe, expect, test } from 'vitest';
import { noiseOf, type Rounding, rounderFor, roundHalfEven } from '../../../src/quant/rounding';

const values = [-2.5, -1.5, -0.7, -0.5, -0.3, 0.5, 1.5, 2.5, 3.5];
const tie = 0.49999999999999994;

describe('rounding', () => {
  test.each([
    ['even', [-2, -2, -1, 0, 0, 0, 2, 2, 4]],
    ['away', [-3, -2, -1, -1, 0, 1, 2, 3, 4]],
    ['up', [-2, -1, -1, 0, 0, 1, 2, 3, 4]],
    ['down', [-3, -2, -1, -1, -1, 0, 1, 2, 3]],
    ['toward-zero', [-2, -1, 0, 0, 0, 0, 1, 2, 3]],
  ] as const)('%s', (kind, expected) => {
    const round = rounderFor({ kind });
    expect(values.map(v => round(v, 0) + 0)).toEqual(expected);
    expect(round(-Infinity, 0)).toBe(-Infinity);
    expect(round(Infinity, 0)).toBe(Infinity);
    expect(round(Number.NaN, 0)).toBeNaN();
    // An odd number of 2^52 and more has no half to add to it.
    expect(round(2 ** 52 + 1, 0)).toBe(2 ** 52 + 1);
    expect(round(-(2 ** 52) - 1, 0)).toBe(-(2 ** 52) - 1);
  });

  test.each(['even', 'away', 'up'] as const)('%s: the neighbours of a tie', kind => {
    const round = rounderFor({ kind });
    expect([tie, -tie, 0.5000000000000001, -0.5000000000000001].map(v => round(v, 0) + 0)).toEqual([
      0, 0, 1, -1,
    ]);
  });

  test('half to even as far as a float64 has halves', () => {
    expect(roundHalfEven(2 ** 51 - 0.5)).toBe(2 ** 51);
    expect(roundHalfEven(2 ** 51 - 1.5)).toBe(2 ** 51 - 2);
    expect(roundHalfEven(8388607.5)).toBe(8388608);
    expect(roundHalfEven(1e30)).toBe(1e30);
  });
});

describe('stochastic rounding', () => {
  const rounding: Rounding = { kind: 'stochastic', seed: 7 };

  test('goes up as often as the fraction says', () => {
    const round = rounderFor(rounding);
    for (const v of [-1.75, -0.1, 0.3, 5.5]) {
      let sum = 0;
      for (let i = 0; i < 1e5; i++) sum += round(v, i);
      // Five standard deviations of the mean.
      expect(Math.abs(sum / 1e5 - v)).toBeLessThan((5 * 0.5) / Math.sqrt(1e5));
    }
    expect([round(3, 0), round(-3, 1), round(-1e-20, 2) + 0]).toEqual([3, -3, 0]);
  });

  test.each([
    [0, 0, 2488251732],
    [0, 1, 3330041933],
    [1, 0, 4246978399],
    [7, 2 ** 32 + 5, 2787295494],
    [7, 5, 338112982],
    [2 ** 40 + 3, 123456789, 3261447763],
    [2 ** 53 - 1, 2 ** 53 - 1, 4238501308],
  ])('seed %d, element %d: as Python integers give it', (seed, element, expected) => {
    expect(noiseOf(seed)(element) * 2 ** 32).toBe(expected);
  });

  test('noise is uniform, and its neighbours in place and seed have nothing in common', () => {
    const count = 2 ** 16;
    const noise = noiseOf(1);
    const other = noiseOf(2);
    const bins = new Int32Array(256);
    const products = { next: 0, seed: 0, high: 0 };
    for (let i = 0; i < count; i++) {
      const u = noise(i);
      bins[Math.floor(u * 256)]!++;
      products.next += (u - 0.5) * (noise(i + 1) - 0.5);
      products.seed += (u - 0.5) * (other(i) - 0.5);
      products.high += (u - 0.5) * (noise(i + 2 ** 32) - 0.5);
    }
    const chiSquare = bins.reduce((sum, n) => sum + (n - 256) ** 2 / 256, 0);
    // 255 degrees of freedom: mean 255, deviation 22.6.
    expect(Math.abs(chiSquare - 255)).toBeLessThan(5 * 22.6);
    for (const product of Object.values(products))
      expect(Math.abs(product / count)).toBeLessThan(5 / 12 / Math.sqrt(count));
  });
});
