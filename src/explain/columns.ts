import { type LevelGrid, levelGridOf, levelGrids } from '../quant/grids/levelGrids';
import { elementGrids } from '../quant/gridValues';
import { rounderFor } from '../quant/rounding';
import { storedFormat } from '../quant/run/formatMethod';
import { integerArithmeticOf } from '../quant/run/integerArithmetic';
import type { FormatName, Scheme } from '../quant/scheme';
import type { Captured } from './capture';
import { figuresOfValues, type StepColumn, type StepFiguresOfValues } from './steps';

/** The steps of one scheme, between the value and its error. */
export function codingColumns(scheme: Scheme, captured: Captured): StepColumn[] {
  const { grid } = scheme;
  switch (grid.kind) {
    case 'integer':
      return integerColumns(scheme, captured);
    case 'cast': {
      const codes = eachCoded(captured, i => captured.codes[i]!);
      return [{ kind: 'cast', format: grid.name, ...codes }];
    }
    case 'format':
      return formatColumns(grid.name, captured);
    default:
      return levelColumns(scheme, levelGridOf(grid), captured);
  }
}

/** A figure of each value that is not kept apart. */
function eachCoded({ values, kept }: Captured, figure: (i: number) => number): StepFiguresOfValues {
  return figuresOfValues(Array.from(values, (_, i) => (kept[i] === 1 ? null : figure(i))));
}

/** Scale, zero point and range of a value's segment. */
function segmentAt({ segments, segmentOf }: Captured, i: number) {
  return segments[segmentOf[i]!]!;
}

function scaleAt(captured: Captured, i: number): number {
  return segmentAt(captured, i).params?.scale ?? 1;
}

function zeroAt(captured: Captured, i: number): number {
  return segmentAt(captured, i).params?.zeroPoint ?? 0;
}

/** In the float32 arithmetic of the integer codec; the codes at the end are the codec's own. */
function integerColumns(scheme: Scheme, captured: Captured): StepColumn[] {
  const arithmetic = integerArithmeticOf(scheme);
  const { qmin, qmax, rounding, division, zeroPoint } = arithmetic;
  const round = rounderFor(rounding);
  const isBefore = zeroPoint === 'before';
  const quotients = Array.from(captured.values, (value, i) => {
    const x = Math.fround(value);
    const scale = scaleAt(captured, i);
    const { inverse = Math.fround(1 / scale) } = segmentAt(captured, i).params ?? {};
    return Math.fround(division === 'divide' ? x / scale : x * inverse);
  });
  const shifted = quotients.map((v, i) => Math.fround(v + zeroAt(captured, i)));
  const whole = (isBefore ? shifted : quotients).map((v, i) => round(v, captured.index + i) + 0);
  const added = whole.map((v, i) => v + zeroAt(captured, i));
  const of = (figures: readonly number[]) => eachCoded(captured, i => figures[i]!);
  const hasZero = captured.segments.some(s => s.params && s.params.zeroPoint !== 0);
  return [
    { kind: 'divide', by: division === 'divide' ? 'scale' : 'reciprocal', ...of(quotients) },
    ...(isBefore ? [{ kind: 'add-zero', ...of(shifted) } as const] : []),
    { kind: 'round', rounding, ...of(whole) },
    ...(!isBefore && hasZero ? [{ kind: 'add-zero', ...of(added) } as const] : []),
    { kind: 'saturate', qmin, qmax, ...eachCoded(captured, i => captured.codes[i]!) },
  ];
}

/** v as the codec of levels has it, and the level of the code that it found. */
function levelColumns(scheme: Scheme, grid: LevelGrid, captured: Captured): StepColumn[] {
  const v = levelQuotients(scheme, captured);
  const largest = Math.max(...grid.levels.map(Math.abs));
  const { rounding, calibration } = scheme;
  const level = {
    kind: 'level',
    rounding,
    tie: grid.tie,
    levels: grid.levels.length,
    ...levelsOf(grid, captured),
  } as const;
  const top = topsOf(scheme, largest, captured);
  const quotients = eachCoded(captured, i => v[i]!);
  if (!top) return [{ kind: 'divide', by: 'scale', ...quotients }, level];
  const by = calibration.kind === 'absmean' ? 'mean' : 'largest';
  const normal = eachCoded(captured, i => Math.fround(captured.values[i]! / top[i]!));
  if (largest === 1) return [{ kind: 'normalize', by, ...quotients }, level];
  return [{ kind: 'normalize', by, ...normal }, { kind: 'target', largest, ...quotients }, level];
}

/** bitsandbytes multiplies by the reciprocal, but in a block that is short. */
function levelQuotients({ runtime }: Scheme, captured: Captured): number[] {
  return Array.from(captured.values, (value, i) => {
    const x = Math.fround(value);
    const scale = scaleAt(captured, i);
    const multiplies = runtime === 'bitsandbytes' && !captured.isShort[captured.segmentOf[i]!];
    return Math.fround(multiplies ? x * Math.fround(1 / scale) : x / scale);
  });
}

/** By value: what is scaled to the largest level. Null where that is not how the scale was found. */
function topsOf(
  { calibration, scale: type }: Scheme,
  largest: number,
  captured: Captured,
): number[] | null {
  if (calibration.kind === 'scale' || type !== 'f32') return null;
  const tops = captured.segments.map(({ range }) =>
    range ? Math.max(Math.abs(range.lo), Math.abs(range.hi)) : 0,
  );
  const isSo = tops.every(
    (top, i) => top > 0 && Math.fround(top / largest) === captured.segments[i]!.params?.scale,
  );
  return isSo ? Array.from(captured.segmentOf, segment => tops[segment]!) : null;
}

function levelsOf({ levels, codes }: LevelGrid, captured: Captured): StepFiguresOfValues {
  return eachCoded(captured, i => levels[codes.indexOf(captured.codes[i]!)]!);
}

/** A format finds its codes by an arithmetic, or a search, of its own. */
function formatColumns(name: FormatName, captured: Captured): StepColumn[] {
  const stored = storedFormat(name);
  const inSteps = eachCoded(captured, i => stepsAt(captured, i));
  const divide = { kind: 'divide', by: 'scale', ...inSteps } as const;
  if (stored.kind === 'selfScaled') {
    const grid = levelGrids[elementGrids[name as keyof typeof elementGrids]];
    const found = levelsOf(grid, captured);
    const rounding = { kind: 'even' } as const;
    const { tie } = grid;
    return [divide, { kind: 'level', rounding, tie, levels: grid.levels.length, ...found }];
  }
  const search = { kind: 'search', ...eachCoded(captured, i => captured.codes[i]!) } as const;
  if (!stored.format.asymmetric) return [divide, search];
  const shifted = eachCoded(captured, i => stepsAt(captured, i) + zeroAt(captured, i));
  return [divide, { kind: 'add-zero', ...shifted }, search];
}

/** A block without a scale has no steps. */
function stepsAt(captured: Captured, i: number): number {
  const scale = scaleAt(captured, i);
  return scale === 0 ? 0 : Math.fround(captured.values[i]! / scale);
}
