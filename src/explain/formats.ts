import { storeScale } from '../quant/scaleStore';
import { type BitFormat, bitFormats, bitsOf, type Outcome, type Pattern, patternOf } from './bits';

/** A number in a format: its bits from the sign on, and what has become of it. */
export interface FormatCell extends Pick<Pattern, 'sign' | 'exponent' | 'mantissa'> {
  readonly outcome: Outcome;
}

/** A format, and what becomes of the table's values in it. */
export interface FormatRow {
  /** E8M0 holds scales only: powers of two. */
  readonly format: BitFormat | 'fp8-e8m0';
  /** Bits of each field. */
  readonly sign: number;
  readonly exponent: number;
  readonly mantissa: number;
  readonly largest: number;
  /** Least value above 0. */
  readonly least: number;
  readonly hasInfinity: boolean;
  /** By value. */
  readonly cells: readonly FormatCell[];
  /** By value: what the bits stand for. A typed array: on their way to a page others lose infinities. */
  readonly results: Float64Array;
}

/** Formats, and some values in each of them. */
export interface FormatTable {
  readonly values: readonly number[];
  readonly rows: readonly FormatRow[];
}

/** 10 000 x 10 000, a small gradient, FP16's largest and least, and 1. */
const values = [10_000 * 10_000, 1e-8, 65504, 2 ** -24, 1];

/** What number formats there are, and what they make of some values. */
export function formatTable(): FormatTable {
  const rows = bitFormats.map(rowOf);
  return { values, rows: [...rows, scaleRow()] };
}

function rowOf(format: BitFormat): FormatRow {
  const zero = patternOf(format, 0);
  const [exponent, mantissa] = [zero.exponent.length, zero.mantissa.length];
  const top = (2 ** exponent - 1) * 2 ** mantissa;
  const hasInfinity = patternOf(format, top).kind === 'infinite';
  let last = hasInfinity ? top - 1 : 2 ** (exponent + mantissa) - 1;
  // Without infinities all ones may still be a NaN.
  if (patternOf(format, last).kind === 'nan') last--;
  const found = values.map(x => bitsOf(x).find(bits => bits.format === format)!);
  return {
    ...{ format, sign: 1, exponent, mantissa, hasInfinity },
    largest: patternOf(format, last).value,
    least: patternOf(format, 1).value,
    cells: found.map(({ pattern, outcome }) => {
      const { sign = '', exponent = '', mantissa = '' } = pattern ?? {};
      return { sign, exponent, mantissa, outcome };
    }),
    results: Float64Array.from(found, ({ pattern }) => pattern?.value ?? Number.NaN),
  };
}

function scaleRow(): FormatRow {
  const results = Float64Array.from(values, storeScale('e8m0'));
  return {
    ...{ format: 'fp8-e8m0', sign: 0, exponent: 8, mantissa: 0, hasInfinity: false },
    ...{ largest: 2 ** 127, least: 2 ** -127 },
    cells: values.map((x, i) => {
      const exponent = (Math.log2(results[i]!) + 127).toString(2).padStart(8, '0');
      const outcome = results[i] === x ? 'exact' : 'rounded';
      return { sign: '', exponent, mantissa: '', outcome };
    }),
    results,
  };
}
