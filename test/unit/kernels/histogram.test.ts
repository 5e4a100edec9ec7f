import { expect, test } from 'vitest';
import { HistogramCounter } from '../../../src/stats/histogram';
import { builtKernels } from './built';
import { anyBits, lengths, randomFrom, weights, withSpecials } from './values';

const kernels = builtKernels();

/** Edges as the twin makes them. */
function edgesOf(lo: number, hi: number): Float64Array {
  const edges = Float64Array.from({ length: 257 }, (_, i) => i * ((hi - lo) / 256) + lo);
  edges[256] = hi;
  return edges;
}

function check(values: Float32Array): void {
  const finite = values.filter(Number.isFinite);
  const min = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const max = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (min > max) return;
  const twin = HistogramCounter.over(min, max);
  if (!twin) return;
  twin.add(values);
  const { lo, hi, counts } = twin.result;
  expect([...kernels.histogram({ values, edges: edgesOf(lo, hi) })]).toEqual(counts);
}

test('values as weights are, of every length', () => {
  for (const length of lengths) check(withSpecials(weights(length, length), length));
  check(weights(100_000, 3));
});

test('values on the edges and beside them', () => {
  const random = randomFrom(5);
  for (const [lo, hi] of [
    [-1, 1],
    [0, 256],
    [-0.37, 2.1],
    [1000, 1001],
    [3, 3.001],
    [-1e-30, 1e-30],
  ] as const) {
    const values = Float32Array.from({ length: 4000 }, () => {
      const edge = lo + ((hi - lo) * ((random() * 257) | 0)) / 256;
      return Math.min(Math.max(edge * (1 + ((random() * 5 - 2) | 0) * 2 ** -24), lo), hi);
    });
    check(values);
  }
});

test('any bits, constants, huge and tiny ranges', () => {
  for (let seed = 0; seed < 20; seed++) check(anyBits(700, seed));
  for (const x of [0, -0, 1, 1e10, 2 ** 40, 1e-40]) check(new Float32Array(100).fill(x));
  for (let e = -45; e <= 38; e++) check(weights(500, e + 50, 10 ** e));
});

test('bins that are no bins', () => {
  const values = new Float32Array(1);
  expect(() => kernels.histogram({ values, edges: new Float64Array(1) })).toThrow(RangeError);
  expect(() => kernels.histogram({ values, edges: new Float64Array(258) })).toThrow(RangeError);
});

test('patterns of 16 bits', () => {
  const random = randomFrom(8);
  kernels.takePatterns();
  const wanted = new Uint32Array(65_536);
  for (const length of lengths) {
    const words = Uint16Array.from({ length }, (_, i) =>
      i % 3 === 0 ? 0xffff : random() * 65_536,
    );
    kernels.countPatterns(new Uint8Array(words.buffer));
    for (const word of words) wanted[word]!++;
  }
  expect(kernels.takePatterns()).toEqual(wanted);
  expect(kernels.takePatterns().every(count => count === 0)).toBe(true);
});
