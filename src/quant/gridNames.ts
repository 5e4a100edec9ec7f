import type { FormatName, Grid, NamedGrid } from './scheme';

/** Widest first: of equally near names a suggestion is then the more usual one. */
const integerNames = [8, 7, 6, 5, 4, 3, 2].flatMap(bits => [`int${bits}`, `uint${bits}`]);
const namedGrids: readonly NamedGrid[] = [
  'nf4',
  'fp4',
  'fp4-bnb',
  'fp6-e2m3',
  'fp6-e3m2',
  'fp8-e4m3',
  'fp8-e5m2',
  'ternary',
  'binary',
];
const castNames = ['fp16', 'bf16'] as const;
/** Formats in the order in which they are listed. */
const formatNames: readonly FormatName[] = [
  'mxfp4',
  'mxfp6',
  'mxfp6-e3m2',
  'mxfp8',
  'mxfp8-e5m2',
  'nvfp4',
  'nf4-double',
  'q4_0',
  'q4_1',
  'q5_0',
  'q5_1',
  'q8_0',
  'q2_k',
  'q3_k',
  'q4_k',
  'q5_k',
  'q6_k',
  'iq4_nl',
  'iq4_xs',
  'tq1_0',
  'tq2_0',
];
/** Other names that people write. */
const aliases: Readonly<Record<string, string>> = {
  'mxfp6-e2m3': 'mxfp6',
  'mxfp8-e4m3': 'mxfp8',
  'fp4-e2m1': 'fp4',
  'fp8-e4m3fn': 'fp8-e4m3',
};

/** Every grid that has a name; `levels{..}` is written out. */
export const gridNames: readonly string[] = [
  ...integerNames,
  ...namedGrids,
  ...castNames,
  ...formatNames,
];

/** The grid of a name; undefined when there is none. */
export function gridOfName(text: string): Grid | undefined {
  const name = aliases[text] ?? text;
  if (integerNames.includes(name))
    return {
      kind: 'integer',
      bits: Number(name.replace(/\D+/, '')),
      signed: name.startsWith('int'),
    };
  const find = <T extends string>(names: readonly T[]) => names.find(n => n === name);
  const named = find(namedGrids);
  if (named) return { kind: 'named', name: named };
  const cast = find(castNames);
  if (cast) return { kind: 'cast', name: cast };
  const format = find(formatNames);
  return format && { kind: 'format', name: format };
}

/** A grid as it is written in a scheme. */
export function nameOfGrid(grid: Grid): string {
  if (grid.kind === 'integer') return `${grid.signed ? 'int' : 'uint'}${grid.bits}`;
  return grid.kind === 'levels' ? `levels{${grid.levels.join(',')}}` : grid.name;
}
