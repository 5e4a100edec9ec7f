import { describe, expect, test } from 'vitest';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';
import { gaussianBlocks } from './gaussianBlocks';
import { normals } from './normals';
import { golden } from './reference';

const rows = 1024;
const cols = 4096;
const samples = normals(rows * cols, 1);

/**
 * The mean squared error of the samples under a scheme. Rows are shown a few at a time, so that what is quantized stays
 * in the cache.
 */
function mseOf(text: string): number {
  const run = new SchemeRun(parseScheme(text), { rows, cols }, false);
  let sum = 0;
  run.listen({
    piece({ values, results }) {
      for (let i = 0; i < values.length; i++) sum += (values[i]! - results[i]!) ** 2;
    },
  });
  const step = 4 * cols;
  do {
    for (let index = 0; index < samples.length; index += step)
      run.add({ values: samples.subarray(index, index + step), index });
  } while (!run.finish());
  return sum / samples.length;
}

function expectMse(text: string, mse: number): void {
  expect(Math.abs(mseOf(text) / mse - 1)).toBeLessThan(0.01);
}

test('the samples are those of a normal distribution', () => {
  const moment = (k: number) => samples.reduce((sum, x) => sum + x ** k, 0) / samples.length;
  // Five standard deviations of each mean: sqrt((E x^2k - (E x^k)^2) / n).
  for (const [k, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ] as const)
    expect(Math.abs(moment(k) - expected)).toBeLessThan(5 * Math.sqrt(variance / samples.length));
});

type Theory = readonly [scale: number, mse: number];
const theory = golden('gaussian-theory.json');

describe('the best scale for all weights', () => {
  // Yardsticks that no grid reaches: Lloyd-Max beyond one bit, and levels that leave out zero.
  const yardsticks = Object.keys(theory).filter(k => /^(lloydmax_b[2-8]|uniform_midrise)/.test(k));

  const integers = Object.keys(theory).flatMap(key => {
    const [, bits, range] = /^int(\d)_(restricted|full)$/.exec(key) ?? [];
    if (!bits) return [];
    return [[key, `int${bits} tensor${range === 'full' ? ' range=full' : ''}`, 1] as const];
  });

  /** Grids, and the largest level of each: the scales given are for levels up to 1. */
  const codebooks = [
    ['cb_NF4', 'nf4 tensor', 1],
    ['cb_FP4 E2M1', 'fp4 tensor', 6],
    ['cb_bnb FP4', 'fp4-bnb tensor', 1],
    // IQ4_NL as levels of its own: ggml's format fixes its scale.
    ['cb_IQ4_NL', 'levels{-127,-104,-83,-65,-49,-35,-22,-10,1,13,25,38,53,69,89,113} tensor', 127],
    ['cb_FP8 E4M3', 'fp8-e4m3 tensor', 448],
    ['cb_FP8 E5M2', 'fp8-e5m2 tensor', 57344],
  ] as const;
  const grids = [...integers, ...codebooks];

  test.each(grids)('%s: %s', (key, text, largest) => {
    const [scale, mse] = theory[key] as Theory;
    expectMse(`${text} calib=scale:${scale / largest}`, mse);
  });

  test('Lloyd-Max with one bit is binary with the scale E|x|', () => {
    const mse = theory.lloydmax_b1 as number;
    expectMse('levels{-0.797884560802865,0.797884560802865} tensor calib=scale:1', mse);
    expectMse('binary tensor', mse);
  });

  test('nothing is left out but the yardsticks', () => {
    const covered = grids.map(([key]): string => key);
    expect([...covered, ...yardsticks, 'lloydmax_b1'].sort()).toEqual(Object.keys(theory).sort());
  });
});

describe('each block scaled by its largest magnitude', () => {
  test.each(gaussianBlocks)('%s', (_, scheme, mse) => {
    expectMse(scheme, mse);
  });
});
