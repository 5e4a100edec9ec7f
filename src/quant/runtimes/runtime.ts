import type { ParamRule, Range } from '../arithmetic';
import type { CodeRange, IntegerGrid } from '../grids/integer';

/**
 * How one piece of software makes integers of weights. Everything is float32, as in the software; where that computes in
 * another type, its file says so.
 */
export interface Runtime {
  /** The word of a scheme's text. */
  readonly name: string;
  /** The codes a value may get; beyond them it saturates. */
  codeRange(grid: IntegerGrid): CodeRange;
  /** Scale and zero point bit for bit; takes the plain range of the values and widens it where the software does. */
  paramRule(grid: IntegerGrid): ParamRule;
  /** Whether values are divided by the scale, or multiplied by its reciprocal rounded to float32. */
  division(grid: IntegerGrid): 'divide' | 'reciprocal';
  /** Whether the zero point is added to the rounded quotient, or before rounding. */
  readonly zeroPoint: 'after' | 'before';
  /** Where a tie goes: to the even integer, or away from zero. */
  readonly rounding: 'even' | 'away';
  /** What `range=` is where the scheme leaves it out. */
  defaultRange(grid: Pick<IntegerGrid, 'bits' | 'signed'>): IntegerGrid['range'];
  /** Null where the software has the grid; else a sentence, without its full stop, that says why not and what to use. */
  supports(grid: IntegerGrid): string | null;
}

/** The range in float32, widened to hold 0. */
export function withZero({ lo, hi }: Range): Range {
  return { lo: Math.min(Math.fround(lo), 0), hi: Math.max(Math.fround(hi), 0) };
}

/** The largest magnitude of a range, in float32. */
export function absMaxOf({ lo, hi }: Range): number {
  return Math.fround(Math.max(Math.abs(lo), Math.abs(hi)));
}

/** What a runtime has, for `refusal`. */
export interface Limits {
  /** As people call the software. */
  readonly title: string;
  /** Null where all are had. */
  readonly bits: readonly number[] | null;
  /** The one `range=` that its symmetric grids have; null where both are had. */
  readonly range: IntegerGrid['range'] | null;
}

/** The reasons for which most runtimes refuse a grid: its bits, `range=`, `zero=free`. Null where there is none. */
export function refusal(grid: IntegerGrid, { title, bits, range }: Limits): string | null {
  const kind = grid.signed ? 'int' : 'uint';
  if (bits !== null && !bits.includes(grid.bits)) {
    const others = bits.map(b => `${kind}${b}`).join(' or ');
    return `${title} has no ${kind}${grid.bits}: use ${others}`;
  }
  if (grid.symmetric && range !== null && grid.range !== range)
    return `${title} has no "range=${grid.range}" for a symmetric ${kind}${grid.bits}: leave it out`;
  if (!grid.symmetric && grid.zero === 'free')
    return `${title} always widens the range to hold 0: leave "zero=free" out`;
  return null;
}
