import { fromBFloat16, fromFloat16 } from '../base/float16';
import type { Codes, QuantParams, Range } from './arithmetic';
import { codeRange } from './grids/integer';
import { type LevelGrid, levelGridOf, levelGrids } from './grids/levelGrids';
import { storedFormat } from './run/formatMethod';
import type { FormatName, Grid, NamedGrid } from './scheme';

/** The grid of the elements of the formats that are not ggml's: what their codes stand for. */
export const elementGrids = {
  mxfp4: 'fp4',
  mxfp6: 'fp6-e2m3',
  'mxfp6-e3m2': 'fp6-e3m2',
  mxfp8: 'fp8-e4m3',
  'mxfp8-e5m2': 'fp8-e5m2',
  nvfp4: 'fp4',
  'nf4-double': 'nf4',
} as const satisfies Partial<Record<FormatName, NamedGrid>>;

/**
 * What the codes of a grid stand for before scale and zero point, ascending and each once: integers (of an asymmetric grid
 * where it is unsigned), levels, the finite values of a cast, the elements of a format, the levels of a ggml type.
 */
export function gridValues(grid: Grid): number[] {
  switch (grid.kind) {
    case 'integer': {
      const whole = { ...grid, symmetric: grid.signed, range: 'narrow', zero: 'in' } as const;
      const { qmin, qmax } = codeRange(whole);
      return integers(qmin, qmax - qmin + 1);
    }
    case 'cast':
      return castValues(grid.name);
    case 'format': {
      const stored = storedFormat(grid.name);
      if (stored.kind === 'ggml') return [...stored.format.levels];
      return distinct(levelGrids[elementGrids[grid.name as keyof typeof elementGrids]].levels);
    }
    default:
      return distinct(levelGridOf(grid).levels);
  }
}

function integers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Zero may stand twice. */
function distinct(levels: Float64Array): number[] {
  return [...new Set(Array.from(levels, l => l + 0))];
}

function castValues(name: 'fp16' | 'bf16'): number[] {
  const decode = name === 'fp16' ? fromFloat16 : fromBFloat16;
  const values = Float64Array.from({ length: 65_536 }, (_, code) => decode(code));
  return distinct(values.filter(Number.isFinite).sort());
}

/** The lowest and the highest value of a grid. */
export interface GridEnds {
  readonly codes: readonly [lowest: number, highest: number];
  /** What they stand for before the scale. */
  readonly levels: Range;
  /** Whether the zero point is taken off the levels: they are the codes then. */
  readonly isOffset: boolean;
}

/** The ends of a grid whose codes are these. */
export function gridEnds(grid: Grid, codes: Codes): GridEnds {
  const [first, last] = codes.ends ?? [codes.first, codes.first + codes.count - 1];
  const whole = { codes: [first, last], levels: { lo: first, hi: last }, isOffset: true } as const;
  if (grid.kind === 'integer') return whole;
  if (grid.kind === 'cast') {
    const largest = grid.name === 'fp16' ? 0x7bff : 0x7f7f;
    const hi = grid.name === 'fp16' ? fromFloat16(largest) : fromBFloat16(largest);
    return { codes: [largest | 0x8000, largest], levels: { lo: -hi, hi }, isOffset: false };
  }
  if (grid.kind === 'format') {
    const stored = storedFormat(grid.name);
    if (stored.kind === 'selfScaled')
      return levelEnds(levelGrids[elementGrids[grid.name as keyof typeof elementGrids]]);
    const { levels, asymmetric } = stored.format;
    if (asymmetric) return whole;
    return { ...whole, levels: { lo: levels[0]!, hi: levels.at(-1)! }, isOffset: false };
  }
  return levelEnds(levelGridOf(grid));
}

function levelEnds({ levels, codes }: Pick<LevelGrid, 'levels' | 'codes'>): GridEnds {
  return {
    codes: [codes[0]!, codes.at(-1)!],
    levels: { lo: levels[0]!, hi: levels.at(-1)! },
    isOffset: false,
  };
}

/** What each code stands for before the scale, from the first code on; NaN for one that stands for nothing. Not for formats. */
export function levelsOfCodes(grid: Grid, { first, count }: Codes): Float64Array {
  if (grid.kind !== 'named' && grid.kind !== 'levels')
    return Float64Array.from({ length: count }, (_, i) => first + i);
  const { levels, codes } = levelGridOf(grid);
  const byCode = new Float64Array(count).fill(Number.NaN);
  for (let i = 0; i < codes.length; i++) byCode[codes[i]! - first] = levels[i]!;
  return byCode;
}

/** The values of the ends under these parameters; null for a grid without any: its levels are the values. */
export function valuesOfEnds({ levels, isOffset }: GridEnds, params: QuantParams | null): Range {
  if (!params) return levels;
  const { scale, zeroPoint } = params;
  const offset = isOffset ? zeroPoint : 0;
  const [a, b] = [levels.lo, levels.hi].map(l => Math.fround((l - offset) * scale)) as [
    number,
    number,
  ];
  // ggml's scales may be negative.
  return { lo: Math.min(a, b), hi: Math.max(a, b) };
}
