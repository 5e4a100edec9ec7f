import { closest } from 'fastest-levenshtein';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { WeightModel } from '../checkpoints/recognise';
import type { TensorEntry } from '../formats/tensorFile';

/** Which tensors a command is about. */
export interface Selection {
  readonly tensor?: string;
  readonly match?: string;
  /** The tensors as they are stored, in place of the weights that they make. */
  readonly raw?: boolean;
}

/**
 * The tensors chosen by name or by regular expression; all of them when neither is given.
 * @throws WeightError when nothing is chosen or the expression is bad
 */
export function select(model: WeightModel, selection: Selection): readonly TensorEntry[] {
  if (selection.tensor !== undefined) return [named(model, selection.tensor, selection.raw)];
  const tensors = selection.raw ? model.tensors : model.weights;
  if (selection.match === undefined) return tensors;
  const pattern = expression(selection.match);
  const chosen = tensors.filter(t => pattern.test(t.name));
  if (chosen.length === 0)
    throw new WeightError('unsupported', `no tensor's name matches ${quote(selection.match)}`);
  return chosen;
}

/** The weight of that name, or else the stored tensor; with `raw` only that. */
export function named(model: WeightModel, name: string, raw = false): TensorEntry {
  return byName(raw ? model.tensors : [...model.weights, ...model.tensors], name);
}

function byName(tensors: readonly TensorEntry[], name: string): TensorEntry {
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

/** A regular expression that the user wrote. */
export function expression(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (e) {
    // The engine's text repeats the expression; what is wrong with it comes after the last colon.
    const reason = e instanceof Error ? e.message.replace(/^.*: /s, '') : 'not understood';
    throw new WeightError('unsupported', `bad regular expression ${quote(source)}: ${reason}`);
  }
}
