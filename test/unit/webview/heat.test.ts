import { expect, test } from 'vitest';
import type { Rgb } from '../../../webview/charts/canvas';
import { contrast, mix, strongestMix } from '../../../webview/charts/heat';

/** Background, orange and text of VS Code's own themes. */
const themes: Readonly<Record<string, { background: Rgb; hue: Rgb; text: Rgb }>> = {
  light: { background: [255, 255, 255], hue: [209, 134, 22], text: [59, 59, 59] },
  dark: { background: [31, 31, 31], hue: [209, 134, 22], text: [204, 204, 204] },
  'high contrast': { background: [0, 0, 0], hue: [209, 134, 22], text: [255, 255, 255] },
};

test.each(Object.entries(themes))('%s: text is readable on every heat', (_, colors) => {
  const { background, hue, text } = colors;
  const strongest = strongestMix(colors);
  expect(strongest).toBeGreaterThan(0.3); // and the strongest is told from the page
  for (let share = 0; share <= strongest; share += strongest / 7)
    expect(contrast(mix(background, hue, share), text)).toBeGreaterThanOrEqual(4.5);
});

test('a theme whose hue is unreadable has no heat', () => {
  const grey: Rgb = [128, 128, 128];
  expect(strongestMix({ background: grey, hue: grey, text: grey })).toBe(0);
});

test('contrast is that of WCAG', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});
