/** How numbers look to people: the same in the editor, in hovers and on the command line, whatever the machine's locale. */

/** Made once: making one for each figure is slow. */
const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const noValue = '–';

/** A figure that may not be there. */
export type Figure = number | null | undefined;

const isMissing = (x: Figure): x is null | undefined =>
  x === null || x === undefined || Number.isNaN(x);

/** `309633` -> `309,633`. */
export function formatCount(n: number): string {
  return counts.format(n);
}

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
 * Zeros at its end keep the figures of a column aligned. Without a figure a dash.
 */
export function formatFigure(x: Figure, digits = 4): string {
  if (isMissing(x)) return noValue;
  if (x === 0) return '0';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '-∞';
  const size = Math.abs(x);
  // toPrecision has an exponent of its own where there are more digits before the point than asked for.
  const whole = size >= 10 ** digits;
  const rounded = Number(whole ? size.toFixed(0) : size.toPrecision(digits));
  if (rounded < 1e-3 || rounded >= 1e5) return shortExponent(x.toExponential(digits - 1));
  return whole || Number.isInteger(x) ? x.toFixed(0) : x.toPrecision(digits);
}

function shortExponent(text: string): string {
  return text.replace('e+', 'e');
}

/** A figure that stands alone, without zeros at its end: `8.25`, `6`. */
export function formatPlain(x: number): string {
  return String(Number(x.toPrecision(4)));
}

/** A fraction as per cent with two or three significant digits, so `100 %` is all of them: `0.42 %`, `12.3 %`. */
export function formatPercent(fraction: Figure): string {
  if (isMissing(fraction)) return noValue;
  if (fraction === 0) return '0 %';
  const percent = fraction * 100;
  if (percent < 0.0001) return `${shortExponent(percent.toExponential(1))} %`;
  if (percent >= 99.995 && percent < 100) return '> 99.99 %';
  if (percent >= 99) return `${Number(percent.toFixed(2))} %`;
  return `${percent.toPrecision(percent >= 9.95 ? 3 : 2)} %`;
}

/** Decibels with one decimal, without the unit. */
export function formatDecibel(x: Figure): string {
  return isMissing(x) ? noValue : x.toFixed(1);
}

/** `low … high`, or one figure when both read the same. */
export function formatBand(low: Figure, high: Figure, format: (x: Figure) => string): string {
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

/** Makes control characters visible, so that a name from a file cannot steer a terminal or fake a line. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, c => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
