import type { Range } from '../quant/arithmetic';
import { parseScheme } from '../quant/schemeText';
import { type FormatTable, formatTable } from './formats';
import { type Rulers, rulersOf } from './ruler';
import { type Steps, stepsOfValues } from './steps';

/** The examples that can be watched: the introductory ones of the field. */
export type ExampleId =
  | 'formats'
  | 'levels'
  | 'vectors'
  | 'symmetric'
  | 'asymmetric'
  | 'ruler'
  | 'calibration'
  | 'outliers'
  | 'sensitivity';

/** The same or other values under one scheme. */
export interface ExamplePart {
  /** Tells what is special about it: the page has its words. */
  readonly id: string;
  readonly steps: Steps;
}

/** An example, computed. */
export interface Example {
  readonly id: ExampleId;
  /** In the order in which they are told. */
  readonly parts: readonly ExamplePart[];
  /** Over the values of the first part. */
  readonly rulers: Rulers | null;
  /** What number formats there are, and what becomes of some values in them. */
  readonly formats: FormatTable | null;
}

/** Values under a scheme; `values` may be made of what an earlier part gave back. */
interface Recipe {
  readonly id: string;
  readonly scheme: string;
  readonly values: readonly number[] | { readonly resultsOf: string };
  readonly rows?: number;
}

const levelsX = [3, 1, 2, 3];
const vectorA = [30, 10, 20, 30];
const vectorB = [0, 2, 2, 0];
const affineX = [-2.5, -1, 0, 1, 3.5];
const rulerX = [3, 4, 5, 6, 7, 8, 9, 10];
const outlierX = [0.1, 0.15, 0.2, 5];
/** Reaches beyond the range [-0.2, 0.3] on both sides. */
const clippedX = [-1, -0.5, -0.2, -0.1, 0, 0.1, 0.2, 0.25, 0.3, 0.6];
/** Fifteen sevenths: int4's own steps. */
const evenX = [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7].map(n => n / 8);
/** The same, but one. */
const unevenX = evenX.with(3, 8);
/** Two rows; the second column holds a value from 6 on. */
const columnsX = [0.5, 6, -0.25, 1, -0.5, 0.125];

const one = (id: string, scheme: string, values: Recipe['values'], rows?: number): Recipe => ({
  ...{ id, scheme, values },
  ...(rows !== undefined && { rows }),
});

const recipes: Readonly<Record<ExampleId, readonly Recipe[]>> = {
  formats: [],
  levels: [
    one('nearest', 'levels{0,2,4} tensor', levelsX),
    one('down', 'levels{0,2,4} tensor round=down', levelsX),
    one('integers', 'int8 tensor calib=scale:1', { resultsOf: 'down' }),
  ],
  vectors: [
    one('away', 'int8 tensor calib=scale:4 round=away', [...vectorA, ...vectorB], 2),
    one('even', 'int8 tensor calib=scale:4', [...vectorA, ...vectorB], 2),
    one('own-a', 'int8 tensor calib=scale:4 round=away', vectorA),
    one('own-b', 'int8 tensor calib=scale:1', vectorB),
  ],
  symmetric: [one('symmetric', 'int8 tensor', affineX)],
  asymmetric: [
    one('away', 'uint8 tensor round=away', affineX),
    one('even', 'uint8 tensor', affineX),
  ],
  ruler: [
    one('symmetric', 'int8 tensor', rulerX),
    one('zero-in', 'uint8 tensor', rulerX),
    one('free', 'uint8 tensor zero=free', rulerX),
  ],
  calibration: [
    one('minmax', 'int8 tensor', outlierX),
    one('percentile', 'int8 tensor calib=percentile:1,99', outlierX),
    one('entropy-ort', 'int8 tensor calib=entropy:ort,2048,128', outlierX),
    one('entropy-nv', 'int8 tensor calib=entropy:nv', outlierX),
    one('range', 'int8 asym tensor calib=range:-0.2,0.3', clippedX),
  ],
  outliers: [
    one('before', 'int8 tensor', outlierX),
    one('after', 'int8 tensor outliers=abs:1', outlierX),
    one('columns', 'int8 outliers=columns:6', columnsX, 2),
  ],
  sensitivity: [one('even', 'int4 tensor', evenX), one('uneven', 'int4 tensor', unevenX)],
};

/** Computes an example. */
export function exampleOf(id: ExampleId): Example {
  const parts: ExamplePart[] = [];
  for (const { id: part, scheme, values, rows } of recipes[id]) {
    const given = 'resultsOf' in values ? resultsOf(parts, values.resultsOf) : values;
    parts.push({ id: part, steps: stepsOfValues(scheme, given, rows) });
  }
  const [first] = parts;
  return {
    id,
    parts,
    rulers: first ? rulersOf(rangeOf(first.steps), parseScheme(first.steps.scheme)) : null,
    formats: id === 'formats' ? formatTable() : null,
  };
}

function resultsOf(parts: readonly ExamplePart[], id: string): number[] {
  const columns = parts.find(part => part.id === id)?.steps.columns ?? [];
  return [...columns.find(column => column.kind === 'dequantize')!.values];
}

function rangeOf({ values }: Steps): Range {
  return { lo: Math.min(...values), hi: Math.max(...values) };
}
