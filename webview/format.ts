// The page's figures: those of the base, with a minus sign that is as wide as a digit, so that columns stay aligned.

import type { Figure } from '../src/base/format';
import * as base from '../src/base/format';

export {
  formatBand,
  formatBytes,
  formatCount,
  formatPercent,
  formatPlain,
  formatShape,
  middleEllipsis,
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

/**
 * Splits a dotted name for a cell that may shrink: `head` is cut first, `tail` (the last two parts) stays.
 */
export function splitName(name: string): { readonly head: string; readonly tail: string } {
  const last = name.lastIndexOf('.');
  const cut = last > 0 ? name.lastIndexOf('.', last - 1) : -1;
  return { head: name.slice(0, cut + 1), tail: name.slice(cut + 1) };
}
