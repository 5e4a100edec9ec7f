import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import type { Codes } from '../quant/arithmetic';
import { dtypeProblem, type Problem, shapeProblem } from './findings';
import type { Decoder, PackedWeight, StoredParams } from './layout';
import { levelRun } from './levelRun';
import type { Parts } from './parts';
import type { ScaleGrid } from './scaleGrid';
import { floatsAs } from './storedCodes';

/** A weight (level - zero) * scale, each operation rounded to float32. */
export interface Scaled {
  readonly weight: PackedWeight;
  readonly codes: Codes;
  /** What each code stands for, from the first on. */
  readonly levels: Float32Array;
  readonly params: StoredParams;
  readonly codesOf: Decoder['codesOf'];
}

/** Decodes through the grid in the weight's facts, or the stored group of each column. */
export function scaledDecoder({ codesOf, ...scaled }: Scaled): Decoder {
  const { codes, params } = scaled;
  const byColumn = columnGroups(scaled);
  const dequantize = byColumn ? gathering(scaled, byColumn) : running(scaled);
  return { codes, params, codesOf, dequantize };
}

/** The facts that `scaledDecoder` takes the grid from. */
export function gridFacts({ rowBlock, columnBlock, perMatrix }: ScaleGrid) {
  return { rowBlock, columnBlock, perMatrix };
}

/** Scales as float32: U8 is E8M0 by another name. */
export function scalesOf(parts: Parts, role: string): Promise<Float32Array> {
  return parts.entry(role).dtype === 'U8' ? floatsAs(parts, role, 'F8_E8M0') : parts.floats(role);
}

/** What is wrong with the header of a group index. */
export function groupIndexProblem(index: TensorEntry, columns: number): Problem {
  return dtypeProblem(index, ['I32', 'I64']) ?? shapeProblem(index, [columns]);
}

/** The group of each column where the weight stores them, checked against its grid. */
export async function gridGroups(
  { shape, packed }: PackedWeight,
  parts: Parts,
): Promise<Int32Array | null> {
  if (!parts.has('groupIndex')) return null;
  const groups = Math.ceil(shape.at(-1)! / Number(packed.facts.columnBlock));
  return storedGroups(parts, 'groupIndex', groups);
}

/** The group of each column as stored; null where all are -1, which is how "in order" is written. */
export async function storedGroups(
  parts: Parts,
  role: string,
  groups: number,
): Promise<Int32Array | null> {
  const stored = Int32Array.from(await parts.floats(role));
  if (stored.every(g => g === -1)) return null;
  const at = stored.findIndex(g => g < 0 || g >= groups);
  if (at < 0) return stored;
  const { name } = parts.entry(role);
  throw new WeightError(
    'malformed',
    `tensor ${quote(name)} puts column ${at} in group ${stored[at]} of ${groups}`,
    { tensor: name, expected: `[0, ${groups})`, actual: stored[at]! },
  );
}

/** Runs of columns shorter than this are cheaper looked up one by one. */
const shortRun = 4;

function columnGroups({ weight, params }: Omit<Scaled, 'codesOf'>): Int32Array | null {
  if (params.groupIndex) return params.groupIndex;
  const columnBlock = Number(weight.packed.facts.columnBlock);
  if (columnBlock >= shortRun) return null;
  return Int32Array.from({ length: weight.shape.at(-1)! }, (_, i) => Math.floor(i / columnBlock));
}

/** Where the scales of a row begin. */
function firstScale({ shape, packed }: PackedWeight): (row: number) => number {
  const [rowBlock, columnBlock, perMatrix] = ['rowBlock', 'columnBlock', 'perMatrix'].map(name =>
    Number(packed.facts[name]),
  ) as [number, number, number];
  const [out, columns] = [shape.at(-2)!, shape.at(-1)!];
  const across = Math.ceil(columns / columnBlock);
  return row =>
    perMatrix === 0
      ? 0
      : Math.floor(row / out) * perMatrix + Math.floor((row % out) / rowBlock) * across;
}

function running({ weight, codes: { first }, levels, params }: Omit<Scaled, 'codesOf'>) {
  const inner = weight.shape.at(-1)!;
  const columnBlock = Number(weight.packed.facts.columnBlock);
  const { scale, zeroPoint } = params;
  const start = firstScale(weight);
  const apply = levelRun(levels, first);
  const dequantize: Decoder['dequantize'] = ({ row, rows }, codes, out) => {
    const run = { from: 0, to: 0, scale: 0, zero: 0 };
    for (let r = 0; r < rows; r++) {
      const end = (r + 1) * inner;
      for (let group = start(row + r); run.from < end; group++, run.from = run.to) {
        run.to = Math.min(run.from + columnBlock, end);
        run.scale = scale[group]!;
        if (zeroPoint) run.zero = zeroPoint[group]!;
        apply(run, codes, out);
      }
    }
  };
  return dequantize;
}

function gathering(
  { weight, codes: { first }, levels, params }: Omit<Scaled, 'codesOf'>,
  byColumn: Int32Array,
) {
  const inner = weight.shape.at(-1)!;
  const { scale, zeroPoint } = params;
  const start = firstScale(weight);
  const dequantize: Decoder['dequantize'] = ({ row, rows }, codes, out) => {
    for (let i = 0, r = 0; r < rows; r++) {
      const base = start(row + r);
      for (let c = 0; c < inner; c++, i++) {
        const group = base + byColumn[c]!;
        const z = zeroPoint ? zeroPoint[group]! : 0;
        out[i] = (levels[codes[i]! - first]! - z) * scale[group]!;
      }
    }
  };
  return dequantize;
}
