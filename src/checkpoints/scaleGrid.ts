import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { shapeText } from './findings';
import type { WeightArgs } from './quantHints';

/** Which scale a weight has, by its row and column in [.., out, in]. */
export interface ScaleGrid {
  /** Rows of a matrix that share a scale: `out` for all of them. */
  readonly rowBlock: number;
  /** Columns that share a scale: `in` for all of them. */
  readonly columnBlock: number;
  /** Scales of a matrix of a stack; 0 where one scale serves the whole stack. */
  readonly perMatrix: number;
  /** Columns that share a scale, where each row has its own groups of them. */
  readonly groupSize: number | null;
  /** For people: `per tensor`, `per channel`, `group 128`, `block 128x128`. */
  readonly text: string;
}

type Shape = readonly number[];
type Pair = readonly [number, number];

/** The block of FP8 checkpoints whose config tells none. */
const usualBlock: Pair = [128, 128];

/** Fits the shape of scales to a weight [.., out, in]; null where it does not fit. Hints only choose among what fits. */
export function fitScales(
  scales: Shape,
  weight: Shape,
  hints: readonly WeightArgs[],
): ScaleGrid | null {
  const matrix: Pair = [weight.at(-2)!, weight.at(-1)!];
  const whole = { rowBlock: matrix[0], columnBlock: matrix[1], groupSize: null };
  const stack = weight.slice(0, -2);
  if (scales.every(d => d === 1)) return { ...whole, perMatrix: 0, text: 'per tensor' };
  if (!stack.every((d, i) => d === scales[i])) return null;
  const own = scales.slice(stack.length);
  if (stack.length > 0 && own.every(d => d === 1))
    return { ...whole, perMatrix: 1, text: 'per expert' };
  const [down, across = 1] = own;
  return own.length > 2 || down === undefined ? null : fitMatrix([down, across], matrix, hints);
}

function fitMatrix(scales: Pair, matrix: Pair, hints: readonly WeightArgs[]): ScaleGrid | null {
  const [[down, across], [out, columns]] = [scales, matrix];
  const perMatrix = down * across;
  if (down === out && across === 1 && !hints.some(h => h.groupSize === columns))
    return { rowBlock: 1, columnBlock: columns, perMatrix, groupSize: null, text: 'per channel' };
  if (down === 1 && across === columns)
    return { rowBlock: out, columnBlock: 1, perMatrix, groupSize: null, text: 'per input channel' };
  const block = blockOf(scales, matrix, hints);
  if (block) {
    const [rowBlock, columnBlock] = block;
    const text = `block ${rowBlock}x${columnBlock}`;
    return { rowBlock, columnBlock, perMatrix, groupSize: null, text };
  }
  const group = down === out ? groupOf(across, columns, hints) : null;
  return group === null ? null : { ...rowGroups(group), perMatrix };
}

/** Groups of columns, each row with its own. */
export function rowGroups(groupSize: number): Omit<ScaleGrid, 'perMatrix'> {
  return { rowBlock: 1, columnBlock: groupSize, groupSize, text: `group ${groupSize}` };
}

function blockOf([down, across]: Pair, [out, columns]: Pair, hints: readonly WeightArgs[]) {
  const told = hints.flatMap(h => (h.block ? [h.block] : []));
  return [...told, usualBlock].find(
    ([rows, cols]) => Math.ceil(out / rows) === down && Math.ceil(columns / cols) === across,
  );
}

/** Columns of a group, of which there are `groups`. */
export function groupOf(
  groups: number,
  columns: number,
  hints: readonly WeightArgs[],
): number | null {
  const told = hints.find(h => h.groupSize && Math.ceil(columns / h.groupSize) === groups);
  if (told) return told.groupSize;
  return groups > 0 && columns % groups === 0 ? columns / groups : null;
}

/** Why scales cannot be told to belong to a weight. */
export function misfit({ name, shape }: TensorEntry, weight: Shape): string {
  return `${quote(name)} has shape ${shapeText(shape)}, which fits no rows, groups or blocks of ${shapeText(weight)}`;
}
