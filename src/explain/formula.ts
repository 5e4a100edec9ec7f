import type { QuantParams } from '../quant/arithmetic';
import { type LevelGrid, levelGridOf, levelGrids } from '../quant/grids/levelGrids';
import { elementGrids } from '../quant/gridValues';
import { type Rounding, rounderFor } from '../quant/rounding';
import { storedFormat } from '../quant/run/formatMethod';
import { integerArithmeticOf } from '../quant/run/integerArithmetic';
import { largestFloat16 } from '../quant/run/scratch';
import type { FormatName, Scheme } from '../quant/scheme';

/** From a value to its code and back, each step with its numbers. */
export interface Formula {
  readonly lines: readonly FormulaLine[];
  /** How steps become whole ones; null where nothing is rounded by that rule. */
  readonly rounding: Rounding['kind'] | 'lower' | null;
}

/** One step. Texts are formulas, the same in every language. */
export interface FormulaLine {
  readonly kind: FormulaStep;
  /** With six significant digits. */
  readonly text: string;
  /** With all digits. */
  readonly exact: string;
}

/**
 * `quantize`: a value to its code; `saturate`: a code beyond the ends; `level`: to the level found; `steps`: how many scales a
 * value is; `cast`: a plain cast; `keep`: kept apart; `dequantize`: back to a value; `error`.
 */
export type FormulaStep =
  | 'quantize'
  | 'saturate'
  | 'level'
  | 'steps'
  | 'cast'
  | 'keep'
  | 'dequantize'
  | 'error';

/** A value, and what a scheme made of it. */
export interface Coded {
  /** Number of the element in its tensor: chance hangs on it. */
  readonly index: number;
  readonly value: number;
  readonly code: number;
  readonly result: number;
  readonly isKept: boolean;
  readonly params: QuantParams | null;
  /** Values that were quantized together with it. */
  readonly together: number;
}

/** How a scheme comes from a value to its code and back, step by step with the numbers. */
export function formulaOf(scheme: Scheme, coded: Coded): Formula {
  if (coded.isKept) return { lines: [kept(coded), errorLine(coded)], rounding: null };
  const { grid, rounding } = scheme;
  switch (grid.kind) {
    case 'cast':
      return { lines: [castLine(grid.name, coded), errorLine(coded)], rounding: 'even' };
    case 'integer':
      return { lines: [...integerLines(scheme, coded), errorLine(coded)], rounding: rounding.kind };
    case 'format':
      return { lines: [...formatLines(grid.name, coded), errorLine(coded)], rounding: null };
    default: {
      const levels = levelGridOf(grid);
      const lines = levelLines(levels, coded, multiplies(scheme, coded));
      const isLower = rounding.kind === 'even' && levels.tie === 'lower';
      return { lines: [...lines, errorLine(coded)], rounding: isLower ? 'lower' : rounding.kind };
    }
  }
}

/** A number as a formula has it. */
type Print = (x: number) => string;

const short: Print = x => (Number.isFinite(x) ? String(Number(x.toPrecision(6))) : String(x));
const exact: Print = x => (Object.is(x, -0) ? '-0' : String(x));

/** A line in both lengths. */
function line(kind: FormulaStep, text: (print: Print) => string): FormulaLine {
  return { kind, text: text(short), exact: text(exact) };
}

/** A number behind an operator. */
function operand(print: Print, x: number): string {
  return x < 0 || Object.is(x, -0) ? `(${print(x)})` : print(x);
}

/** ` + 106`, ` - 3`, or nothing. */
function plus(print: Print, x: number): string {
  if (x === 0) return '';
  return x < 0 ? ` - ${print(-x)}` : ` + ${print(x)}`;
}

function errorLine({ value, result }: Coded): FormulaLine {
  return line('error', p => `${p(value)} - ${operand(p, result)} = ${p(value - result + 0)}`);
}

function kept({ value, result }: Coded): FormulaLine {
  const name = Math.abs(value) > largestFloat16 ? 'fp32' : 'fp16';
  return line('keep', p => `${name}(${p(value)}) = ${p(result)}`);
}

function castLine(name: 'fp16' | 'bf16', { value, code, result }: Coded): FormulaLine {
  const bits = `0x${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return line('cast', p => `${name}(${p(value)}) = ${bits} = ${p(result)}`);
}

/** In the float32 arithmetic of the codec. */
function integerLines(
  scheme: Scheme,
  { index, value, code, result, params }: Coded,
): FormulaLine[] {
  const arithmetic = integerArithmeticOf(scheme);
  const { qmin, qmax, division, zeroPoint: order, rounding } = arithmetic;
  const {
    scale,
    zeroPoint,
    inverse = Math.fround(1 / scale),
  } = params ?? { scale: 1, zeroPoint: 0 };
  const isBefore = order === 'before';
  const x = Math.fround(value);
  const v = Math.fround(division === 'divide' ? x / scale : x * inverse);
  const round = rounderFor(rounding);
  const q = isBefore ? round(Math.fround(v + zeroPoint), index) : round(v, index) + zeroPoint;
  const name =
    rounding.kind === 'down' ? 'floor' : rounding.kind === 'toward-zero' ? 'trunc' : 'round';
  const steps = (p: Print) =>
    division === 'divide'
      ? `${p(value)} / ${operand(p, scale)}`
      : `${p(value)} * ${operand(p, inverse)}`;
  const there = (p: Print) =>
    isBefore
      ? `${name}(${steps(p)}${plus(p, zeroPoint)})`
      : `${name}(${steps(p)})${plus(p, zeroPoint)}`;
  // A NaN gets the code of zero, whatever the arithmetic.
  const lines = [line('quantize', p => `${there(p)} = ${p(Number.isNaN(v) ? code : q + 0)}`)];
  if (q !== code && !Number.isNaN(v))
    lines.push(line('saturate', p => `clamp(${p(q)}, ${p(qmin)}, ${p(qmax)}) = ${p(code)}`));
  lines.push(affineLine({ code, result, scale, zeroPoint }, '='));
  return lines;
}

/** From a code and its parameters back to the value. */
function affineLine(
  { code, result, scale, zeroPoint }: { code: number; result: number } & QuantParams,
  sign: '=' | '≈',
): FormulaLine {
  return line('dequantize', p => {
    const steps = zeroPoint === 0 ? p(code) : `(${p(code)}${plus(p, -zeroPoint)})`;
    return `${steps} * ${operand(p, scale)} ${sign} ${p(result)}`;
  });
}

/** bitsandbytes multiplies by the reciprocal, but in a block that is short. */
function multiplies({ runtime, granularity }: Scheme, { together }: Coded): boolean {
  const size = granularity.kind === 'group' ? granularity.size : 0;
  return runtime === 'bitsandbytes' && together >= size;
}

function levelLines(
  { levels, codes }: LevelGrid,
  { value, code, result, params }: Coded,
  isReciprocal = false,
): FormulaLine[] {
  const scale = params?.scale ?? 1;
  const level = levels[codes.indexOf(code)] ?? Number.NaN;
  const inverse = Math.fround(1 / scale);
  const x = Math.fround(value);
  const v = Math.fround(isReciprocal ? x * inverse : x / scale);
  const by = (p: Print) => (isReciprocal ? `* ${operand(p, inverse)}` : `/ ${operand(p, scale)}`);
  return [
    line('level', p => `${p(value)} ${by(p)} = ${p(v)} -> ${p(level)}`),
    line('dequantize', p => `${p(level)} * ${operand(p, scale)} = ${p(result)}`),
  ];
}

/** A format finds its codes by an arithmetic, or a search, of its own: told is what its codes stand for. */
function formatLines(name: FormatName, coded: Coded): FormulaLine[] {
  const stored = storedFormat(name);
  if (stored.kind === 'selfScaled')
    return levelLines(levelGrids[elementGrids[name as keyof typeof elementGrids]], coded);
  const { code, result, value, params } = coded;
  const { scale, zeroPoint } = params ?? { scale: 0, zeroPoint: 0 };
  const steps = Math.fround(value / scale);
  const lines =
    scale === 0 ? [] : [line('steps', p => `${p(value)} / ${operand(p, scale)} = ${p(steps)}`)];
  const affine = (code - zeroPoint) * scale;
  // Codes of a code book are not the levels; what is computed in another order may differ in its last digits.
  if (scale === 0 || Math.abs(affine - result) <= 1e-5 * Math.abs(code * scale || result))
    return [
      ...lines,
      affineLine({ code, result, scale, zeroPoint }, affine === result ? '=' : '≈'),
    ];
  const level = nearest(stored.format.levels, result / scale);
  return [...lines, line('dequantize', p => `${p(level)} * ${operand(p, scale)} ≈ ${p(result)}`)];
}

function nearest(levels: readonly number[], x: number): number {
  return levels.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a));
}
