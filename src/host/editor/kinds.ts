import { tensorKind, tensorKinds } from '../../base/tensorKind';
import type { TensorEntry } from '../../formats/tensorFile';

const known = new WeakMap<readonly TensorEntry[], Uint8Array>();

/** The kind of each tensor, as an index into `tensorKinds`. Names never change: they are looked at once. */
export function kindsOf(tensors: readonly TensorEntry[]): Uint8Array {
  const kinds =
    known.get(tensors) ??
    Uint8Array.from(tensors, ({ name }) => tensorKinds.indexOf(tensorKind(name)));
  known.set(tensors, kinds);
  return kinds;
}
