/** How numbers look to people, the same in the editor, in hovers and on the command line. */

/** A figure with `digits` significant digits; large and small magnitudes in exponent form. Null is a dash. */
export function formatFigure(x: number | null, digits = 4): string {
  if (x === null || Number.isNaN(x)) return '–';
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x);
  const magnitude = Math.abs(x);
  if (magnitude >= 1e6 || magnitude < 1e-3) return x.toExponential(digits - 1).replace('e+', 'e');
  return x.toPrecision(digits);
}

/** An integer with its thousands apart. */
export function formatCount(n: number): string {
  return n.toLocaleString('en-US');
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units with three significant digits: 1.24 MB. */
export function formatBytes(byteLength: number): string {
  let value = byteLength;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return `${text} ${units[unit]}`;
}

/** A shape as [rows, cols]. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Makes control characters visible, so that a name from a file cannot steer a terminal or fake a line. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, c => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
