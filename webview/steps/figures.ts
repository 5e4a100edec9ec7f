import { formatFigure } from '../format';

const digits = 6;

/** A figure of a step: six digits, without zeros at its end. */
export function stepFigure(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  const [, whole = '', fraction = '', exponent = ''] =
    /^([^.e]*)(?:\.(\d*))?(e.*)?$/.exec(formatFigure(x, digits)) ?? [];
  const kept = fraction.replace(/0+$/, '');
  return kept ? `${whole}.${kept}${exponent}` : whole + exponent;
}

const figureSpace = '\u2007';
/** As wide as a point. */
const pointSpace = '\u2008';

/** Figures of one column made equally long behind their points, so that these stand below each other. */
export function alignFigures(texts: readonly (string | null)[]): (string | null)[] {
  const lengths = texts.map(text => lengthBehindPoint(text ?? ''));
  const longest = Math.max(0, ...lengths);
  return texts.map((text, i) => {
    if (text === null || longest === 0) return text;
    const missing = longest - lengths[i]!;
    const point = lengths[i] === 0 ? pointSpace : '';
    // One of the missing signs is the point itself.
    return text + point + figureSpace.repeat(point ? missing - 1 : missing);
  });
}

/** Signs from the point on; 0 where there is none. */
function lengthBehindPoint(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point;
}
