import { parseColors, type Rgb } from './canvas';
import { luminance } from './ramp';
import type { ChartTheme } from './theme';

/** Gives the background of a figure, as CSS; null where there is none. */
export type Heat = (figure: number | null | undefined) => string | null;

/** A little more than what WCAG asks for: colours are rounded on their way to the screen. */
const leastContrast = 4.6;
/** Mixtures that are tried for the strongest. */
const tries = 100;

/** Backgrounds for figures of [low, high]: the page's own at `high`, and the stronger the lower. Text stays readable on all of them. */
export function createHeat(theme: ChartTheme, [low, high]: readonly [number, number]): Heat {
  const [background, hue, text] = parseColors([theme.background, theme.heat, theme.text]);
  const strongest = strongestMix({ background: background!, hue: hue!, text: text! });
  return figure => {
    if (figure === null || figure === undefined || Number.isNaN(figure)) return null;
    const fraction = high > low ? (high - figure) / (high - low) : 0;
    const share = strongest * Math.max(0, Math.min(1, fraction));
    return `rgb(${mix(background!, hue!, share).join(' ')})`;
  };
}

/** What a heat-coloured cell is made of. */
export interface HeatColors {
  readonly background: Rgb;
  readonly hue: Rgb;
  readonly text: Rgb;
}

/** The largest part of the hue in the background on which text is still readable. */
export function strongestMix({ background, hue, text }: HeatColors): number {
  let strongest = 0;
  for (let i = 1; i <= tries; i++) {
    if (contrast(mix(background, hue, i / tries), text) < leastContrast) break;
    strongest = i / tries;
  }
  return strongest;
}

/** Two colours mixed, with `share` of the second. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const channel = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [channel(0), channel(1), channel(2)];
}

/** Contrast of two colours, 1 to 21. @source WCAG 2.2, definition of contrast ratio */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}
