import * as v from 'valibot';
import type { Memento, Uri } from 'vscode';
import { maxSchemes } from '../../protocol/schemes';

const key = 'quantscope.schemes';
/** Files whose schemes are remembered: those chosen for last. */
const mostDocuments = 200;

const choice = v.tuple([
  v.string(),
  v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(maxSchemes)),
]);
type Choice = v.InferOutput<typeof choice>;

/** Shown where nothing else was chosen. */
export const defaultSchemes: readonly string[] = ['int8', 'int8 asym tensor'];

/** The schemes that were chosen for a file last, as texts; else the default. */
export function storedSchemes(state: Memento, uri: Uri): readonly string[] {
  const mine = choices(state).find(([of]) => of === uri.toString());
  return mine?.[1] ?? defaultSchemes;
}

/** Remembers the schemes that are chosen for a file. */
export async function storeSchemes(
  state: Memento,
  uri: Uri,
  schemes: readonly string[],
): Promise<void> {
  const of = uri.toString();
  const others = choices(state).filter(([other]) => other !== of);
  const isDefault = schemes.join('\n') === defaultSchemes.join('\n');
  const mine: Choice[] = isDefault ? [] : [[of, [...schemes]]];
  await state.update(key, [...others, ...mine].slice(-mostDocuments));
}

/** Oldest first. What another version or hand wrote, and cannot be read, counts as nothing. */
function choices(state: Memento): Choice[] {
  const read = v.safeParse(v.array(choice), state.get(key));
  return read.success ? read.output : [];
}
