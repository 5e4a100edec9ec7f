import { expect, test } from 'vitest';
import type { Rgb } from '../../../webview/charts/canvas';
import { mapPixels } from '../../../webview/charts/heatMap';
import { luminance, makeRamp } from '../../../webview/charts/ramp';

const themes: Record<string, readonly Rgb[]> = {
  light: [
    [255, 255, 255],
    [26, 133, 255],
    [59, 59, 59],
  ],
  dark: [
    [31, 31, 31],
    [55, 148, 255],
    [204, 204, 204],
  ],
  'high contrast': [
    [0, 0, 0],
    [55, 148, 255],
    [255, 255, 255],
  ],
  'a middle lighter than both ends': [
    [0, 0, 0],
    [255, 255, 0],
    [90, 90, 90],
  ],
};

test('luminance of black, white and mid grey', () => {
  expect(luminance([0, 0, 0])).toBe(0);
  expect(luminance([255, 255, 255])).toBeCloseTo(1, 12);
  // sRGB 128 is 0.2158605 of white: the value that colour libraries give.
  expect(luminance([128, 128, 128])).toBeCloseTo(0.2158605, 6);
});

test.each(Object.entries(themes))('%s: lightness alone tells the order', (_, stops) => {
  const steps = makeRamp(stops).map(luminance);
  const sign = Math.sign(steps.at(-1)! - steps[0]!);
  // Neighbours may change places where channels are rounded; eight steps apart nothing may.
  const wrong = steps.filter((x, i) => i >= 8 && (x - steps[i - 8]!) * sign <= 0);
  expect(wrong).toEqual([]);
  expect(Math.abs(steps.at(-1)! - steps[0]!)).toBeGreaterThan(0.05);
  expect(steps[0]).not.toBe(luminance(stops[0]!)); // the page's own colour means nothing
});

test('the lowest and the highest cell have the ends of the ramp; a missing one is transparent', () => {
  const ramp = [
    [10, 0, 0],
    [20, 0, 0],
    [30, 0, 0],
  ] as const;
  const map = { shape: [2, 2], rows: 2, cols: 2, means: [4, null, 2, 3] } as const;
  expect([...mapPixels(map, ramp)]).toEqual([
    ...[30, 0, 0, 255],
    ...[0, 0, 0, 0],
    ...[10, 0, 0, 255],
    ...[20, 0, 0, 255],
  ]);
});

test('a map of one value has one colour', () => {
  const map = { shape: [1, 2], rows: 1, cols: 2, means: [7, 7] } as const;
  const ramp = makeRamp(themes.dark!);
  const pixels = [...mapPixels(map, ramp)];
  expect(pixels.slice(0, 4)).toEqual(pixels.slice(4));
  expect(pixels[3]).toBe(255);
});
