import { quote } from '../base/limits';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import type { Recognised } from './layout';

/** What is wrong with a stored tensor, as the end of a sentence; null when nothing is. */
export type Problem = string | null;

/** A module that is a layout's and cannot be decoded. @param name of the weight it would be */
export function undecoded(name: string, scheme: string, problem: string): Recognised {
  return {
    kind: 'finding',
    name,
    message: `${quote(name)} (${scheme}) cannot be decoded: ${problem}`,
  };
}

/** A tensor that should be there. */
export function missing(name: string): string {
  return `${quote(name)} is missing`;
}

/** A dtype that is none of the layout's. */
export function dtypeProblem({ name, dtype }: TensorEntry, expected: readonly DType[]): Problem {
  if (expected.includes(dtype)) return null;
  return `${quote(name)} has dtype ${dtype}, expected ${expected.join(' or ')}`;
}

/** A shape that does not fit the other tensors. */
export function shapeProblem({ name, shape }: TensorEntry, expected: readonly number[]): Problem {
  const fits = shape.length === expected.length && shape.every((d, i) => d === expected[i]);
  return fits
    ? null
    : `${quote(name)} has shape ${shapeText(shape)}, expected ${shapeText(expected)}`;
}

/** A shape for people: `[64, 256]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Dtypes that scales are stored in. */
export const scaleDtypes: readonly DType[] = ['F32', 'F16', 'BF16'];
