import * as l10n from '@vscode/l10n';
import type { Range } from '../../src/quant/arithmetic';

/** Which ranges a scheme can have: `mirrored` [-t, t], `around-zero` lo <= 0 <= hi, or any. */
export type RangeKind = 'mirrored' | 'around-zero' | 'any';

/** How a scheme's range can be set by hand. */
export interface RangeRule {
  readonly kind: RangeKind;
  /** The scheme's text before and after `calib=range:LO,HI`. */
  readonly before: string;
  readonly after: string;
}

/** A part of an axis. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Digits of a range set by hand: its text is to be read, and the mouse knows no more. */
const digits = 4;
const steps = 200;
const stepsOfPage = 20;
const runtimes = new Set(
  'onnxruntime torch-eager torch-fake-quant tflite gptq awq hqq bitsandbytes'.split(' '),
);
const withScale = /^(u?int\d|nf4|fp4|fp4-bnb|fp6-e2m3|fp6-e3m2|fp8-e4m3|fp8-e5m2|ternary|binary)$/;
/** Words that go with any range. */
const kept = /^(round|range|zero|scale|outliers)=/;

/**
 * Whether and how the range of a scheme can be set; the reason why not as text for people.
 * @param scheme in words, never a preset's name: as the host prints it
 */
export function rangeRule(scheme: string): RangeRule | string {
  const [first = '', ...rest] = scheme.split(' ');
  const runtime = runtimes.has(first) ? first : null;
  const [grid = '', ...words] = runtime ? rest : [first, ...rest];
  if (grid === 'fp16' || grid === 'bf16')
    return l10n.t('A cast to {0} has no scale, so there is no range to set.', grid);
  if (!withScale.test(grid) && !grid.startsWith('levels{'))
    return l10n.t('{0} fixes its blocks and scales, so there is no range to set.', grid);
  const symmetric = isSymmetric({ grid, words, runtime });
  const isDefault = symmetric === !grid.startsWith('uint');
  const symmetry = isDefault ? [] : [symmetric ? 'sym' : 'asym'];
  return {
    kind: symmetric ? 'mirrored' : words.includes('zero=free') ? 'any' : 'around-zero',
    before: [grid, ...symmetry, 'tensor'].join(' '),
    // What a runtime rounds to and how wide its grids are goes with the runtime.
    after: words.filter(word => kept.test(word) && !runtime).join(' '),
  };
}

interface Words {
  readonly grid: string;
  readonly words: readonly string[];
  readonly runtime: string | null;
}

function isSymmetric({ grid, words, runtime }: Words): boolean {
  if (words.includes('sym')) return true;
  if (words.includes('asym') || runtime === 'hqq') return false;
  return !grid.startsWith('uint');
}

/** The scheme with this range for the whole tensor. */
export function rangeText({ before, after }: RangeRule, { lo, hi }: Range): string {
  return `${before} calib=range:${lo},${hi}${after && ` ${after}`}`;
}

/** The range that a scheme's values have before it is set by hand, as far as the rule allows it. */
export function startRange(kind: RangeKind, { lo, hi }: Range): Range {
  if (kind !== 'mirrored') return { lo, hi };
  const most = Math.max(Math.abs(lo), Math.abs(hi));
  return { lo: -most, hi: most };
}

/** One end of a range, and where it is to be. */
export interface Move {
  readonly end: keyof Range;
  readonly to: number;
}

/** Where a range can be set: its rule, and the axis that it is set on. */
export interface Field {
  readonly kind: RangeKind;
  readonly axis: Extent;
}

/** Where an end may be, and how far a key moves it. */
export interface Limits {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** The range after one end was moved, kept within the axis and to the rule. */
export function moveEnd(field: Field, range: Range, { end, to }: Move): Range {
  const { min, max } = endLimits(field, range, end);
  const value = rounded(Math.min(max, Math.max(min, to)));
  if (field.kind !== 'mirrored') return { ...range, [end]: value };
  return { lo: -Math.abs(value), hi: Math.abs(value) };
}

/** Where an end of the range may be; the other one stays, unless they are mirrored. */
export function endLimits({ kind, axis }: Field, range: Range, end: keyof Range): Limits {
  const { from, to } = axis;
  const step = (to - from) / steps;
  const least = step / 5;
  const isLow = end === 'lo';
  if (kind === 'mirrored') {
    const most = Math.max(Math.abs(from), Math.abs(to), least);
    return isLow ? { min: -most, max: -least, step } : { min: least, max: most, step };
  }
  if (kind === 'any')
    return isLow
      ? { min: from, max: range.hi - least, step }
      : { min: range.lo + least, max: to, step };
  // One end may be 0, but not both.
  return isLow
    ? { min: Math.min(from, -least), max: Math.min(0, range.hi - least), step }
    : { min: Math.max(0, range.lo + least), max: Math.max(to, least), step };
}

/** Where a key moves an end to; null for keys that are not a slider's. */
export function keyValue(key: string, value: number, { min, max, step }: Limits): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return value + step;
    case 'ArrowLeft':
    case 'ArrowDown':
      return value - step;
    case 'PageUp':
      return value + step * stepsOfPage;
    case 'PageDown':
      return value - step * stepsOfPage;
    case 'Home':
      return min;
    case 'End':
      return max;
    default:
      return null;
  }
}

/** The axis that holds a histogram and both ends of a range. */
export function axisAround(histogram: Range, range: Range | null): Extent {
  return {
    from: Math.min(histogram.lo, range?.lo ?? histogram.lo),
    to: Math.max(histogram.hi, range?.hi ?? histogram.hi),
  };
}

/** The range that clips at a threshold of a calibration curve; `extremes` are the tensor's. */
export function thresholdRange(kind: RangeKind, threshold: number, extremes: Range): Range {
  const t = rounded(threshold);
  if (kind === 'mirrored') return { lo: -t, hi: t };
  const most = Math.max(Math.abs(extremes.lo), Math.abs(extremes.hi));
  const share = most > 0 ? Math.min(1, threshold / most) : 1;
  const [lo, hi] = kind === 'any' ? [extremes.lo, extremes.hi] : withZero(extremes);
  return { lo: rounded(lo * share), hi: rounded(hi * share) };
}

function withZero({ lo, hi }: Range): [number, number] {
  return [Math.min(0, lo), Math.max(0, hi)];
}

/** Four significant digits; never -0. */
function rounded(x: number): number {
  return Number(x.toPrecision(digits)) + 0;
}
