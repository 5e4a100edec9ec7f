import { parseColors, type Rgb } from './canvas';
import type { ChartTheme } from './theme';

/** Colours from low to high. */
export type Ramp = readonly Rgb[];

const steps = 256;
/** The lowest is set off from the page, which is what no value looks like. */
const firstStep = 0.12;

/** One hue from the page's background to its text: lightness alone tells the order, in any theme and to any eye. */
export function themeRamp(theme: ChartTheme): Ramp {
  return makeRamp(parseColors([theme.background, theme.schemes[0]!.color, theme.text]));
}

/** See `themeRamp`; of three stops, the middle one is left out where its lightness is not between the others. */
export function makeRamp(stops: readonly Rgb[]): Ramp {
  const lightness = stops.map(luminance);
  const [first, middle, last] = lightness as [number, number, number];
  const between = (middle - first) * (last - middle) > 0;
  const used = between ? stops : [stops[0]!, stops.at(-1)!];
  return Array.from({ length: steps }, (_, i) =>
    colorAt(used, firstStep + ((1 - firstStep) * i) / (steps - 1)),
  );
}

function colorAt(stops: readonly Rgb[], fraction: number): Rgb {
  const place = fraction * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [stops[from]!, stops[from + 1]!];
  const mixed = (channel: 0 | 1 | 2) =>
    Math.round(a[channel] + (b[channel] - a[channel]) * (place - from));
  return [mixed(0), mixed(1), mixed(2)];
}

/** Relative luminance, 0 to 1. @source WCAG 2.2, definition of relative luminance */
export function luminance(color: Rgb): number {
  const [red, green, blue] = color.map(linear) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(channel: number): number {
  const x = channel / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}
