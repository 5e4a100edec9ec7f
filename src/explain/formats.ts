import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../base/float16';
import { levelGrids } from '../quant/grids/levelGrids';
import { storeScale } from '../quant/scaleStore';
import { stepsOfValues } from './steps';

/** Number formats that are shown. */
export type FormatId = 'fp32' | 'fp16' | 'bf16' | 'fp8-e4m3' | 'fp8-e5m2' | 'fp8-e8m0' | 'fp4';

/** A format, and what becomes of the table's values in it. */
export interface FormatRow {
  readonly format: FormatId;
  /** Bits of each field; no sign and no mantissa for scales (E8M0). */
  readonly sign: number;
  readonly exponent: number;
  readonly mantissa: number;
  readonly largest: number;
  /** Least value above 0. */
  readonly least: number;
  readonly hasInfinity: boolean;
  /** By value: its code. */
  readonly codes: readonly number[];
  /** By value: what the code stands for. */
  readonly results: readonly number[];
}

/** Formats, and some values in each of them. */
export interface FormatTable {
  /** Float32 numbers. */
  readonly values: readonly number[];
  readonly rows: readonly FormatRow[];
}

/** 10 000 x 10 000, a small gradient, FP16's ends, and 1. */
const values = [1, 65504, 1e8, 1e-8, 2 ** -24].map(Math.fround);

/** How one format stores a value. */
interface Storage {
  encode(x: number): number;
  decode(code: number): number;
}

/** What the formats make of some values: casts become infinite as in IEEE 754, FP8 and FP4 saturate as quantizing to them does. */
export function formatTable(): FormatTable {
  return {
    values,
    rows: [
      ieee('fp32', [8, 23], { encode: bitsOf, decode: fromBits }),
      ieee('fp16', [5, 10], { encode: toFloat16, decode: fromFloat16 }),
      ieee('bf16', [8, 7], { encode: toBFloat16, decode: fromBFloat16 }),
      small('fp8-e4m3', [4, 3], false),
      small('fp8-e5m2', [5, 2], true),
      scales(),
      small('fp4', [2, 1], false),
    ],
  };
}

type Fields = readonly [exponent: number, mantissa: number];

function ieee(
  format: FormatId,
  [exponent, mantissa]: Fields,
  { encode, decode }: Storage,
): FormatRow {
  const codes = values.map(x => encode(x));
  const topExponent = 2 ** exponent - 1;
  return {
    ...{ format, sign: 1, exponent, mantissa, hasInfinity: true },
    largest: decode(topExponent * 2 ** mantissa - 1),
    least: decode(1),
    codes,
    results: codes.map(decode),
  };
}

/** By the codec of the grid, without a scale. */
function small(
  format: 'fp8-e4m3' | 'fp8-e5m2' | 'fp4',
  [exponent, mantissa]: Fields,
  hasInfinity: boolean,
): FormatRow {
  const { levels, codes } = levelGrids[format];
  const { columns } = stepsOfValues(`${format} tensor calib=scale:1`, values);
  const results = columns.find(c => c.kind === 'dequantize')!.values.map(Number);
  return {
    ...{ format, sign: 1, exponent, mantissa, hasInfinity },
    largest: levels.at(-1)!,
    least: levels.find(level => level > 0)!,
    codes: results.map(x => codes[levels.lastIndexOf(x)]!),
    results,
  };
}

/** E8M0: powers of two, for scales. */
function scales(): FormatRow {
  const store = storeScale('e8m0');
  const results = values.map(store);
  return {
    ...{ format: 'fp8-e8m0', sign: 0, exponent: 8, mantissa: 0, hasInfinity: false },
    ...{ largest: 2 ** 127, least: 2 ** -127 },
    codes: results.map(x => Math.log2(x) + 127),
    results,
  };
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bitsOf(x: number): number {
  float[0] = x;
  return bits[0]!;
}

function fromBits(code: number): number {
  bits[0] = code;
  return float[0]!;
}
