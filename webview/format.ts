import { formatCount } from '../src/base/format';

export { formatCount };

const noValue = '–';

/** A count with its noun: `1 tensor`, `15 tensors`. */
export function formatCountOf(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** Bytes in decimal units with three significant digits: `840 B`, `1.24 MB`, `14.0 GB`. */
export function formatBytes(byteLength: number): string {
  if (byteLength < 1000) return `${byteLength} B`;
  const units = ['KB', 'MB', 'GB', 'TB', 'PB'];
  let value = byteLength / 1000;
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/**
 * A figure with `digits` significant digits, whole numbers in full: plain between 0.001 and 100,000, else like `3.42e-4`.
 * Null and NaN are a dash.
 */
export function formatFigure(x: number | null | undefined, digits = 4): string {
  if (x === null || x === undefined || Number.isNaN(x)) return noValue;
  if (x === 0) return '0';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : minus('-∞');
  const size = Math.abs(x);
  const whole = size >= 10 ** digits;
  const rounded = Number(whole ? size.toFixed(0) : size.toPrecision(digits));
  if (rounded < 1e-3 || rounded >= 1e5) return minus(trimExponent(x.toExponential(digits - 1)));
  return minus(whole || Number.isInteger(x) ? x.toFixed(0) : x.toPrecision(digits));
}

function trimExponent(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  return `${mantissa}e${exponent.replace('+', '')}`;
}

/** A figure that stands alone, without zeros at its end: `8.25`, `6`. In columns those zeros keep figures aligned. */
export function formatPlain(x: number): string {
  return String(Number(x.toPrecision(4)));
}

/** The typographic minus is as wide as a digit, so columns stay aligned. Exponents keep the plain one, to be pasted. */
function minus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

/** A whole number with its sign: `−12`. */
export function formatInteger(x: number | null | undefined): string {
  if (x === null || x === undefined || Number.isNaN(x)) return noValue;
  return minus(formatCount(x));
}

/** A fraction as per cent with two or three significant digits, so `100 %` is all of them: `0.42 %`, `12.3 %`. */
export function formatPercent(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined || Number.isNaN(fraction)) return noValue;
  if (fraction === 0) return '0 %';
  const percent = fraction * 100;
  if (percent < 0.0001) return `${trimExponent(percent.toExponential(1))} %`;
  if (percent >= 99.995 && percent < 100) return '> 99.99 %';
  if (percent >= 99) return `${Number(percent.toFixed(2))} %`;
  return `${percent.toPrecision(percent >= 9.95 ? 3 : 2)} %`;
}

/** Decibels with one decimal, without the unit. */
export function formatDecibel(x: number | null | undefined): string {
  if (x === null || x === undefined || Number.isNaN(x)) return noValue;
  return minus(x.toFixed(1));
}

/** `low – high`, or one figure when both read the same. */
export function formatBand(
  low: number | null | undefined,
  high: number | null | undefined,
  format: (x: number | null | undefined) => string,
): string {
  const [from, to] = [format(low), format(high)];
  return from === to ? from : `${from} … ${to}`;
}

/** A shape the way Python prints a list: `[128, 64, 3]`; no dimensions are a scalar. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : `[${shape.join(', ')}]`;
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
