import { parseColors, type Rgb } from '../charts/canvas';
import { luminance, type Ramp, themeRamp } from '../charts/ramp';
import { readTheme } from '../charts/theme';

/** A background and the text on it. */
export interface Tint {
  readonly background: string;
  readonly color: string;
}

/** Contrast that text needs. @source WCAG 2.2, 1.4.3 */
const enough = 4.5;

const css = ([r, g, b]: Rgb) => `rgb(${r}, ${g}, ${b})`;

/** Contrast of two colours. @source WCAG 2.2, definition of contrast ratio */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The first colour that can be read on another; black or white always can, one of them. */
export function readable(background: Rgb, colors: readonly Rgb[]): Rgb {
  const black: Rgb = [0, 0, 0];
  const white: Rgb = [255, 255, 255];
  const found = colors.find(color => contrast(background, color) >= enough);
  return found ?? (contrast(background, black) >= enough ? black : white);
}

/** Tints of the theme by fraction, 0 to 1. */
export function themeTints(): (fraction: number) => Tint {
  const theme = readTheme();
  const ramp: Ramp = themeRamp(theme);
  const [text, background] = parseColors([theme.text, theme.background]) as [Rgb, Rgb];
  const tints = ramp.map(color => ({
    background: css(color),
    color: css(readable(color, [text, background])),
  }));
  return fraction => tints[Math.round(Math.max(0, Math.min(1, fraction)) * (tints.length - 1))]!;
}
