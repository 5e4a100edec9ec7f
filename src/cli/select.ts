import { closest } from 'fastest-levenshtein';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';

/** Which tensors a command is about. */
export interface Selection {
  readonly tensor?: string;
  readonly match?: string;
}

/**
 * The tensors chosen by name or by regular expression; all of them when neither is given.
 * @throws WeightError when nothing is chosen or the expression is bad
 */
export function select(
  tensors: readonly TensorEntry[],
  selection: Selection,
): readonly TensorEntry[] {
  if (selection.tensor !== undefined) return [byName(tensors, selection.tensor)];
  if (selection.match === undefined) return tensors;
  const pattern = expression(selection.match);
  const chosen = tensors.filter(t => pattern.test(t.name));
  if (chosen.length === 0)
    throw new WeightError('unsupported', `no tensor's name matches ${quote(selection.match)}`);
  return chosen;
}

/** The tensor of that name. */
export function byName(tensors: readonly TensorEntry[], name: string): TensorEntry {
  const found = tensors.find(t => t.name === name);
  if (found) return found;
  if (tensors.length === 0)
    throw new WeightError('unsupported', `there is no tensor ${quote(name)}: the file holds none`);
  const nearest = closest(
    name,
    tensors.map(t => t.name),
  );
  throw new WeightError(
    'unsupported',
    `there is no tensor ${quote(name)}; the nearest name is ${quote(nearest)}`,
  );
}

function expression(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (e) {
    // The engine's text repeats the expression; what is wrong with it comes after the last colon.
    const reason = e instanceof Error ? e.message.replace(/^.*: /s, '') : 'not understood';
    throw new WeightError('unsupported', `bad regular expression ${quote(source)}: ${reason}`);
  }
}
