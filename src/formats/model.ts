import { type ByteSource, type ClosableSource, type FileSystem, readBytes } from '../base/bytes';
import { WeightError } from '../base/errors';
import { openGguf } from './gguf/splitModel';
import { readNpy } from './npy';
import { readNpz } from './npz';
import { maxPointerBytes, pointerFile } from './pointerFile';
import { readSafetensors } from './safetensors';
import { openShardedModel } from './shardedModel';
import type { Format, Model, TensorFile } from './tensorFile';

/**
 * Opens a tensor file, or the index.json of a sharded model, or any part of a split GGUF model: headers only. What the content says goes before what the
 * name says. The tensor of a .npy is named after the file.
 * @throws WeightError 'not-this-format' for any other file and for pointers to files that were not fetched, and what
 *   the reader of the format throws
 */
export async function openModel(
  fs: FileSystem,
  path: string,
  signal?: AbortSignal,
): Promise<Model> {
  const source = await fs.open(path);
  try {
    const format = await detect(source, path, signal);
    if (format === 'safetensors-index')
      return await openShardedModel({ fs, path, openShard: openPlain }, source, signal);
    if (format === 'gguf')
      return await openGguf({ fs, path, name: baseName(path) }, source, signal);
    const file = await read(format, source, { path, signal });
    return { ...file, files: [{ path, byteLength: source.size }] };
  } finally {
    await source.close();
  }
}

/** Opens one shard: it must be a safetensors file itself, not another index. */
async function openPlain(
  source: ClosableSource,
  path: string,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const format = await detect(source, path, signal);
  if (format === 'safetensors') return readSafetensors(source, path, signal);
  throw new WeightError('unsupported', `expected a safetensors file, found ${format}`, {
    expected: 'safetensors',
    actual: format,
  });
}

function read(
  format: Exclude<Format, 'safetensors-index' | 'gguf'>,
  source: ByteSource,
  { path, signal }: { path: string; signal: AbortSignal | undefined },
): Promise<TensorFile> {
  if (format === 'safetensors') return readSafetensors(source, path, signal);
  if (format === 'npz') return readNpz(source, path, signal);
  return readNpy(source, { path, name: baseName(path).replace(/\.[^.]+$/, '') }, signal);
}

/** Formats that are known by their first bytes but not read. */
const foreign: readonly (readonly [what: string, magic: string])[] = [
  ['an HDF5 file', '\x89HDF'],
  ['a Python pickle', '\x80\x02'],
  ['a Python pickle', '\x80\x04'],
  ['a gzip file', '\x1f\x8b'],
];

/** The format of a file. */
async function detect(
  source: ByteSource,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Format> {
  // One byte more than a pointer may have tells a pointer from a file that only starts like one.
  const head = await readBytes(source, 0, Math.min(source.size, maxPointerBytes + 1), signal);
  const name = baseName(path);
  const pointer = pointerFile(head, name);
  if (pointer) throw pointer;
  const format = byContent(head) ?? byName(name);
  if (format) return format;
  const text = String.fromCharCode(...head.subarray(0, 16));
  const what = foreign.find(([, magic]) => text.startsWith(magic))?.[0] ?? describe(text);
  throw new WeightError(
    'not-this-format',
    `expected a safetensors, GGUF, .npy, .npz or *.safetensors.index.json file, found ${what}`,
    { offset: 0, expected: 'safetensors, gguf, npy, npz or safetensors index', actual: what },
  );
}

function describe(text: string): string {
  return text === '' ? 'an empty file' : `one that starts with ${JSON.stringify(text)}`;
}

function byContent(head: Uint8Array): Format | undefined {
  const text = String.fromCharCode(...head);
  if (text.startsWith('\x93NUMPY')) return 'npy';
  if (text.startsWith('GGUF')) return 'gguf';
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'npz';
  // A header under 16 MiB, and its first key (or none).
  if (/^.{3}\0{5}\s*\{\s*["}]/s.test(text)) return 'safetensors';
  if (/^\s*\{\s*"(?:metadata|weight_map)"/.test(text)) return 'safetensors-index';
  return undefined;
}

function byName(name: string): Format | undefined {
  if (/\.safetensors$/i.test(name)) return 'safetensors';
  if (/\.gguf$/i.test(name)) return 'gguf';
  if (/\.npy$/i.test(name)) return 'npy';
  if (/\.npz$/i.test(name)) return 'npz';
  if (/\.index\.json$/i.test(name)) return 'safetensors-index';
  return undefined;
}

/** The last name in a path. A path with a drive letter or two leading backslashes is a Windows path. */
export function baseName(path: string): string {
  const separator = /^(?:[A-Za-z]:|\\\\)/.test(path) ? /[\\/]/ : /\//;
  return path.split(separator).at(-1) ?? path;
}
