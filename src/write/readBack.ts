import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { about } from '../base/fileError';
import { quote } from '../base/limits';
import { openWeights } from '../checkpoints/model';
import { openRows } from '../checkpoints/rows';
import { storedBytes } from '../formats/storedBytes';
import type { Model, TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import { Fingerprint, ValuesPrint } from './fingerprint';
import type { OpenFile } from './sinks';

/** What a reader must find. */
export interface Expected {
  readonly files: readonly OpenFile[];
  /** Of the values of packed weights, by the file that holds them and their name. */
  readonly values: ReadonlyMap<OpenFile, ReadonlyMap<string, ValuesPrint>>;
}

/**
 * Opens what was written as any model is opened, and compares every tensor's bytes, and the values of packed weights, with
 * what was to be written. Memory is bounded by the chunk.
 * @param files finds what was written under the names that it will get
 * @throws FileError with a WeightError 'malformed' where they differ, and what reading throws
 */
export async function readBack(files: FileSystem, expected: Expected): Promise<void> {
  for (const open of expected.files)
    await about(open.target, async () => {
      const model = await openWeights(files, open.target);
      checkNames(model, open);
      for (const entry of model.tensors) await compareBytes(files, { model, entry, open });
      for (const [name, print] of expected.values.get(open) ?? []) {
        const weight = model.weights.find(w => w.name === name && w.packed);
        if (!weight) throw differs(name, 'it is not recognised as a packed weight');
        const found = await valuesOf(files, model, weight);
        if (found.text !== print.text) throw differs(name, 'its values are others');
      }
    });
}

/** A file system that finds files under the names that they will get. */
export function withPlaces(files: FileSystem, places: ReadonlyMap<string, string>): FileSystem {
  return { ...files, open: path => files.open(places.get(path) ?? path) };
}

function checkNames(model: Model, { prints }: OpenFile): void {
  const found = new Set(model.tensors.map(t => t.name));
  const missing = [...prints.keys()].find(name => !found.has(name));
  if (missing !== undefined) throw differs(missing, 'it is not there');
}

async function compareBytes(
  files: FileSystem,
  at: { readonly model: Model; readonly entry: TensorEntry; readonly open: OpenFile },
): Promise<void> {
  const { model, entry, open } = at;
  const print = new Fingerprint();
  const source = await openTensor(files, entry, sizeOf(model, entry));
  try {
    let done = 0;
    for await (const bytes of storedBytes(source, entry)) {
      print.add(bytes, done);
      done += bytes.length;
    }
  } finally {
    await source.close();
  }
  if (print.text !== open.prints.get(entry.name)?.text)
    throw differs(entry.name, 'its bytes are others');
}

async function valuesOf(
  files: FileSystem,
  model: Model,
  weight: TensorEntry,
): Promise<ValuesPrint> {
  const print = new ValuesPrint();
  const { stream, close } = await openRows(files, weight, { fileSize: sizeOf(model, weight) });
  try {
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) print.append(data);
  } finally {
    await close();
  }
  return print;
}

/** Size of the file that holds a tensor, when its header was read. */
export function sizeOf(model: Model, { data }: TensorEntry): number {
  return model.files.find(f => f.path === data.path)!.byteLength;
}

function differs(name: string, how: string): WeightError {
  const message = `tensor ${quote(name)} was read back otherwise than it was written: ${how}; nothing is kept. Try again, and if it stays so check the disk`;
  return new WeightError('malformed', message, { tensor: name });
}
