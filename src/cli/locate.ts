import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { WeightError } from '../base/errors';

/** Parts of a split GGUF: the first stands for all. */
const partOfSplit = /-\d{5}-of-\d{5}\.gguf$/i;
const firstOfSplit = /-00001-of-\d{5}\.gguf$/i;
const tensorFile = /\.(safetensors|gguf|npy|npz)$/i;

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
  const names = await filesIn(file);
  const indexes = names.filter(n => n.endsWith('.index.json'));
  if (indexes.length === 1) return path.join(file, indexes[0]!);
  if (names.includes('model.safetensors')) return path.join(file, 'model.safetensors');
  const tensorFiles = names.filter(n => tensorFile.test(n));
  if (indexes.length === 0 && tensorFiles.length === 1) return path.join(file, tensorFiles[0]!);
  const firstParts = tensorFiles.filter(n => firstOfSplit.test(n));
  if (firstParts.length === 1 && tensorFiles.every(n => partOfSplit.test(n)))
    return path.join(file, firstParts[0]!);
  const candidates = [...indexes, ...tensorFiles];
  throw new WeightError(
    'io',
    candidates.length > 0
      ? `the folder holds ${candidates.length} candidates, name one: ${candidates.join(', ')}`
      : 'the folder holds no *.index.json, .safetensors, .gguf, .npy or .npz file',
  );
}

/** Names of a folder's files, sorted; links count as what they lead to, hidden files (and macOS' `._` ones) do not. */
async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(unreadable)).filter(n => !n.startsWith('.')).sort();
  const isFile = await Promise.all(
    names.map(n =>
      stat(path.join(folder, n)).then(
        s => s.isFile(),
        () => true, // a dangling link: opening it says what is wrong
      ),
    ),
  );
  return names.filter((_, i) => isFile[i]);
}

function unreadable(e: NodeJS.ErrnoException): never {
  throw new WeightError(
    'io',
    `the folder cannot be read: ${e.code ?? e.message}`,
    {},
    { cause: e },
  );
}
