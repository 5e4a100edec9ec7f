import { expect, test } from 'vitest';
import { histogramSvg, svgDataUri } from '../../../src/report/histogramSvg';
import { parseXml } from './xmlParser';

const bell = (bins: number) =>
  Array.from({ length: bins }, (_, i) =>
    Math.round(1e6 * Math.exp(-(((i - bins / 2) / bins) ** 2) * 40)),
  );

test.each([1, 2, 63, 64, 65, 512, 4096])('%i bins are at most 64 bars, in less than 3 KB', bins => {
  const svg = histogramSvg({ lo: -1.2345e-12, hi: 9.876e20, counts: bell(bins) });
  expect(parseXml(svg)).toBeTruthy();
  expect(svg.match(/h\d/g)!.length).toBeLessThanOrEqual(64);
  expect(svg.length).toBeLessThan(2000);
  const uri = svgDataUri(svg);
  expect(uri.length).toBeLessThan(3 * 1024);
  expect(decodeURIComponent(uri.slice(uri.indexOf(',') + 1))).toBe(svg);
});

test('heights go by the square root of the counts, and one value of a million is seen', () => {
  const svg = histogramSvg({ lo: 0, hi: 1, counts: [1_000_000, 250_000, 1, 0] });
  // Of 42 high: 42, 42 * sqrt(1 / 4) = 21, at least 1, and nothing.
  expect(Array.from(svg.matchAll(/V(\d+)h80/g), m => 42 - Number(m[1]))).toEqual([42, 21, 1, 0]);
});

test('nothing ends the target of a Markdown image', () => {
  expect(svgDataUri(histogramSvg({ lo: 0, hi: 0, counts: [0] }))).toMatch(/^[^\s()<>"'\\]+$/);
});

test('no colour belongs to a light or a dark theme', () => {
  const svg = histogramSvg({ lo: 0, hi: 1, counts: [1] });
  expect(new Set(svg.match(/#[0-9a-f]{6}/g))).toEqual(new Set(['#808080']));
});
