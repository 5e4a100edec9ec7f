import { fromBFloat16, fromFloat16 } from '../base/float16';
import { codeRange } from './grids/integer';
import { levelGridOf, levelGrids } from './grids/levelGrids';
import { storedFormat } from './run/formatMethod';
import type { FormatName, Grid, NamedGrid } from './scheme';

/** The grid of the elements of the formats that are not ggml's: what their codes stand for. */
export const elements = {
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
      return distinct(levelGrids[elements[grid.name as keyof typeof elements]].levels);
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
