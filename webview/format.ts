// The page's figures: those of the base, with a minus sign that is as wide as a digit, so that columns stay aligned.

import type { Figure } from '../src/base/format';
import * as base from '../src/base/format';

export {
  formatBand,
  formatBytes,
  formatCount,
  formatCountOf,
  formatPercent,
  formatPlain,
  formatShape,
} from '../src/base/format';

/** Exponents keep the plain minus: they are pasted into programs. */
function minus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

/** See the base's. */
export function formatFigure(x: Figure, digits?: number): string {
  return minus(base.formatFigure(x, digits));
}

/** A whole number with its sign: `−12`. */
export function formatInteger(x: Figure): string {
  return x === null || x === undefined || Number.isNaN(x)
    ? base.formatFigure(x)
    : minus(base.formatCount(x));
}

/** See the base's. */
export function formatDecibel(x: Figure): string {
  return minus(base.formatDecibel(x));
}

/** All digits of a figure, to be had on demand where fewer are shown; of two, from one to the other. Absent without figures. */
export function exactFigure(low: Figure, high: Figure = low): string | undefined {
  const known = [low, high].filter(x => typeof x === 'number' && !Number.isNaN(x));
  if (known.length < 2) return undefined;
  return low === high ? String(low) : `${low} … ${high}`;
}

/** Cuts the middle out of a text longer than `max` characters: both ends of a tensor's name say something. */
export function middleEllipsis(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.ceil((max - 1) / 2);
  return `${text.slice(0, max - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/**
 * Splits a dotted name for a cell that may shrink: `head` is cut first, `tail` (the last two parts) stays.
 */
export function splitName(name: string): { readonly head: string; readonly tail: string } {
  const last = name.lastIndexOf('.');
  const cut = last > 0 ? name.lastIndexOf('.', last - 1) : -1;
  return { head: name.slice(0, cut + 1), tail: name.slice(cut + 1) };
}
