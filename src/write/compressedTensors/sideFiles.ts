import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WeightError } from '../../base/errors';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import type { Plan } from '../plan';
import { configText } from './config';
import { moduleOf } from './packing';

/** A file that holds no tensors. */
export interface SideFile {
  readonly target: string;
  readonly bytes: Uint8Array;
}

/**
 * config.json, and the index of a sharded model: its tensors have other names than the model's own.
 * @throws WeightError 'malformed' for a config.json of the model that is no JSON object
 */
export async function sideFiles(
  { file, model }: { readonly file: string; readonly model: Model },
  { files, packing }: Plan,
  out: string,
): Promise<SideFile[]> {
  const ignored = files.flatMap(f => f.tensors.filter(t => isLeft(t, f.quantized)));
  const names = ignored.map(t => moduleOf(t.name));
  const own = await ownConfig(configBeside(file));
  const config = configText(own, packing!, names);
  const sides = [textFile(path.join(out, 'config.json'), config)];
  if (model.format !== 'safetensors-index') return sides;
  return [...sides, textFile(path.join(out, path.basename(file)), indexText(files, out))];
}

/** Where a model has its own config.json. */
export function configBeside(file: string): string {
  return path.join(path.dirname(file), 'config.json');
}

function isLeft(tensor: TensorEntry, quantized: ReadonlySet<TensorEntry>): boolean {
  const { name, shape } = tensor;
  return shape.length === 2 && name.endsWith('.weight') && !quantized.has(tensor);
}

async function ownConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch(() => null); // a model need not have one
  if (text === null) return {};
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  const message = 'config.json beside the model is no JSON object, so it cannot be added to';
  throw new WeightError('malformed', message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // told as what is no object
  }
}

function indexText(files: Plan['files'], out: string): string {
  const weight_map: Record<string, string> = {};
  let total_size = 0;
  for (const { model } of files) {
    const shard = path.relative(out, model.target).replaceAll('\\', '/');
    for (const name of model.offsets.keys()) weight_map[name] = shard;
    total_size += model.byteLength - model.header.length;
  }
  return `${JSON.stringify({ metadata: { total_size }, weight_map }, null, 2)}\n`;
}

function textFile(target: string, text: string): SideFile {
  return { target, bytes: new TextEncoder().encode(text) };
}
