import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { WeightError } from '../base/errors';

const tensorFile = /\.(safetensors|npy|npz)$/i;

/**
 * The file that FILE stands for: itself or, of a folder, its only *.index.json, else model.safetensors, else its only
 * tensor file.
 * @throws WeightError 'io' for a folder that leaves the choice open, naming the candidates
 */
export async function locate(file: string): Promise<string> {
  const isFolder = await stat(file).then(
    s => s.isDirectory(),
    () => false,
  );
  if (!isFolder) return file;
  const names = (await readdir(file).catch(unreadable)).sort();
  const indexes = names.filter(n => n.endsWith('.index.json'));
  if (indexes.length === 1) return path.join(file, indexes[0]!);
  if (indexes.length > 1) throw ambiguous(indexes);
  if (names.includes('model.safetensors')) return path.join(file, 'model.safetensors');
  const candidates = names.filter(n => tensorFile.test(n));
  if (candidates.length === 1) return path.join(file, candidates[0]!);
  throw candidates.length > 1
    ? ambiguous(candidates)
    : new WeightError('io', 'the folder holds no *.index.json, .safetensors, .npy or .npz file');
}

function unreadable(e: NodeJS.ErrnoException): never {
  throw new WeightError(
    'io',
    `the folder cannot be read: ${e.code ?? e.message}`,
    {},
    { cause: e },
  );
}

function ambiguous(candidates: readonly string[]): WeightError {
  const shown = candidates.slice(0, 8).join(', ') + (candidates.length > 8 ? ', …' : '');
  return new WeightError(
    'io',
    `the folder holds ${candidates.length} candidates, name one: ${shown}`,
  );
}
