import { formatCount, formatFigure } from '../../base/format';
import { codeBits, plainBitsPerWeight } from '../../quant/bitsPerWeight';
import { gridNames, gridOfName } from '../../quant/gridNames';
import { gridValues } from '../../quant/gridValues';
import { presets } from '../../quant/presets';
import { parseScheme } from '../../quant/schemeText';
import { type Column, renderTable } from '../table';

/** Bits per weight of a scheme depend on the shape where it has a scale a row: this one stands for all. */
const usual = { rows: 4096, cols: 4096 };

interface PresetLine {
  readonly name: string;
  readonly scheme: string;
  readonly bitsPerWeight: number;
  readonly source: string;
}

interface GridLine {
  readonly name: string;
  readonly bits: number;
  /** Null where they are too many to list. */
  readonly values: readonly number[] | null;
  readonly count: number;
  /** What a code that wastes nothing would need: log2 of the count. */
  readonly idealBits: number;
}

const presetColumns: readonly Column<PresetLine>[] = [
  { title: 'PRESET', align: 'left', cell: p => p.name },
  { title: 'SCHEME', align: 'left', cell: p => p.scheme },
  { title: 'BITS/WEIGHT', align: 'right', cell: p => formatFigure(p.bitsPerWeight) },
  { title: 'SOURCE', align: 'left', cell: p => p.source },
];

const gridColumns: readonly Column<GridLine>[] = [
  { title: 'GRID', align: 'left', cell: g => g.name },
  { title: 'BITS', align: 'right', cell: g => String(g.bits) },
  { title: 'LOG2 VALUES', align: 'right', cell: g => formatFigure(g.idealBits) },
  { title: 'VALUES', align: 'right', cell: g => formatCount(g.count) },
  { title: 'FROM', align: 'right', cell: g => formatFigure(g.values?.at(0)) },
  { title: 'TO', align: 'right', cell: g => formatFigure(g.values?.at(-1)) },
];

/** `quantscope schemes`: every preset, and every grid that a scheme can name. */
export function schemesCommand({ json }: { json?: boolean }): string {
  const lines = presets.map(p => ({
    name: p.name,
    scheme: p.scheme,
    bitsPerWeight: plainBitsPerWeight(parseScheme(p.scheme), usual),
    source: p.source,
  }));
  const grids = gridNames.map(gridLine);
  if (json) return `${JSON.stringify({ grids, presets: lines })}\n`;
  return [
    renderTable(presetColumns, lines),
    renderTable(gridColumns, grids),
    `A scheme is a preset, or a grid and words; levels{0,2,4} makes a grid of any levels. Bits per weight are those of a matrix of ${usual.rows} x ${usual.cols}.\n`,
  ].join('\n');
}

function gridLine(name: string): GridLine {
  const grid = gridOfName(name)!;
  const values = gridValues(grid);
  const isList = values.length <= 256;
  return {
    name,
    bits: codeBits({ grid }),
    values: isList ? values : null,
    count: values.length,
    idealBits: Math.log2(values.length),
  };
}
