import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { WeightError } from '../../base/errors';
import { formatBytes, formatShape } from '../../base/format';
import { chunkBytes } from '../../base/limits';
import { npyHeader } from '../../formats/npyHeader';
import { streamRows } from '../../formats/rows';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import { openTensor } from '../../formats/tensorSource';
import { figuresOf } from '../../worker/analysis';
import { nodeFileSystem } from '../../worker/fileSystem';
import { about } from '../fail';
import { openFile, sizeOf } from '../model';
import { byName } from '../select';

/** `quantscope dump FILE --tensor NAME --out X.npy`: one weight as float32 .npy, C order, the tensor's shape. */
export async function dumpCommand(
  file: string,
  options: { tensor: string; out: string },
): Promise<string> {
  const model = await openFile(file);
  const entry = byName(model.tensors, options.tensor);
  if (!figuresOf(entry).statistics)
    throw new WeightError(
      'unsupported',
      `tensor ${JSON.stringify(entry.name)} is ${entry.dtype}: complex numbers have no float32 form`,
    );
  await about(options.out, () => write(model, entry, options.out));
  return `${options.out}: <f4 ${formatShape(entry.shape)}, ${formatBytes(4 * entry.count)}\n`;
}

/** Writes beside the target and renames, so that a failure leaves no half-written file under the wanted name. */
async function write(model: Model, entry: TensorEntry, out: string): Promise<void> {
  await refuseOverwritingInput(model, out);
  const target = await fileBehind(out);
  const partial = path.join(path.dirname(target), `.quantscope-${randomUUID()}.partial`);
  const file = await open(partial, 'wx').catch(e => {
    throw cannotWrite(e);
  });
  const forget = removeWhenInterrupted(partial);
  try {
    await about(entry.data.path, () => copyRows(model, entry, bytes => file.writeFile(bytes)));
    await file.close();
    await rename(partial, target);
  } catch (e) {
    await file.close().catch(() => {}); // closed already, or closing is what failed
    await rm(partial, { force: true });
    throw e instanceof Error && 'code' in e ? cannotWrite(e) : e;
  } finally {
    forget();
  }
}

/** Where a path leads: a link is written through, and what is not a file (a pipe, a device) is not replaced by one. */
async function fileBehind(out: string): Promise<string> {
  const found = await stat(out).catch(() => null); // it need not exist
  if (!found) return out;
  if (found.isDirectory()) throw cannotWrite('EISDIR');
  if (!found.isFile()) throw new WeightError('io', 'cannot be written: it is not a regular file');
  return realpath(out);
}

/** Removes a half-written file when the user presses Ctrl-C. Returns what ends that. */
function removeWhenInterrupted(partial: string): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143 } as const;
  const handlers = Object.entries(signals).map(([signal, code]) => {
    const handler = () => {
      rmSync(partial, { force: true });
      process.exit(code);
    };
    process.once(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}

async function refuseOverwritingInput(model: Model, out: string): Promise<void> {
  const target = await realpath(out).catch(() => null); // it need not exist
  for (const { path: input } of model.files)
    if (target !== null && target === (await realpath(input)))
      throw new WeightError('io', 'this is the file being read; choose another --out');
}

async function copyRows(
  model: Model,
  entry: TensorEntry,
  put: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const source = await openTensor(nodeFileSystem, entry, sizeOf(model, entry));
  try {
    await put(npyHeader('<f4', entry.shape));
    const stream = streamRows(source, entry, { chunkBytes });
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) await put(littleEndianFloats(data));
  } finally {
    await source.close();
  }
}

/** Values as little-endian float32 bytes, rounded where they are wider. */
function littleEndianFloats(values: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return bytes;
}

function cannotWrite(e: unknown): WeightError {
  const code = e instanceof Error && 'code' in e ? String(e.code) : String(e);
  const reason =
    {
      ENOENT: 'the folder does not exist',
      EACCES: 'no permission',
      ENOSPC: 'the disk is full',
      EISDIR: 'it is a folder',
      EROFS: 'the disk is read-only',
    }[code] ?? code;
  return new WeightError('io', `cannot be written: ${reason}`);
}
