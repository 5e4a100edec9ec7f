import { formatFigure } from '../base/format';
import type { Histogram } from '../stats/profile';
import { escapeXml } from './xml';

const width = 320;
const height = 56;
/** Of the bars; below them stand the ends of the range. */
const plot = 42;
const mostBars = 64;

/**
 * A histogram as a small picture, of a size that does not grow with the histogram: at most 64 bars, scaled by the square root of
 * their counts so that tails are seen. Greys with transparency suit light and dark alike.
 * @returns SVG of less than 2 KB
 */
export function histogramSvg({ lo, hi, counts }: Histogram): string {
  const bars = merged(counts);
  const most = Math.max(1, ...bars);
  const bar = Number((width / bars.length).toFixed(2));
  const steps = bars.map(n => {
    const tall = Math.round(plot * Math.sqrt(n / most));
    // What is there is seen, however little it is.
    return `V${plot - (n > 0 ? Math.max(1, tall) : 0)}h${bar}`;
  });
  const label = (x: number, anchor: string, value: number) =>
    `<text x="${x}" y="${height - 3}" text-anchor="${anchor}">${escapeXml(formatFigure(value))}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<path fill="#808080" fill-opacity=".75" d="M0 ${plot}${steps.join('')}V${plot}z"/>`,
    `<path stroke="#808080" stroke-opacity=".5" d="M0 ${plot + 0.5}H${width}"/>`,
    '<g fill="#808080" font-family="sans-serif" font-size="10">',
    label(0, 'start', lo),
    label(width, 'end', hi),
    '</g></svg>',
  ].join('');
}

/** An SVG as the target of a Markdown image. */
export function svgDataUri(svg: string): string {
  const encoded = encodeURIComponent(svg).replace(
    /[()']/g,
    c => `%${c.charCodeAt(0).toString(16)}`,
  );
  // What needs no escape in a data URI, and is in every picture often.
  return `data:image/svg+xml,${encoded.replace(/%(?:20|2F|3A|3D|2C)/g, decodeURIComponent).replaceAll(' ', '%20')}`;
}

/** Neighbours added up until there are few enough. */
function merged(counts: readonly number[]): number[] {
  const each = Math.max(1, Math.ceil(counts.length / mostBars));
  return Array.from({ length: Math.ceil(counts.length / each) }, (_, i) =>
    counts.slice(i * each, (i + 1) * each).reduce((a, b) => a + b, 0),
  );
}
