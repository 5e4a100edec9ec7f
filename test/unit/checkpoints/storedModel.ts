import path from 'node:path';
import { expect } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import { readBytes } from '../../../src/base/bytes';
import { layoutNamed } from '../../../src/checkpoints/all';
import { readConfig } from '../../../src/checkpoints/config';
import type { PackedWeight, StoredParams } from '../../../src/checkpoints/layout';
import { Parts } from '../../../src/checkpoints/parts';
import { type WeightModel, withWeights } from '../../../src/checkpoints/recognise';
import { decoderFor, floatsFor, isReal } from '../../../src/formats/decode';
import type { DType } from '../../../src/formats/dtype';
import { openModel } from '../../../src/formats/model';
import type { Model, TensorEntry } from '../../../src/formats/tensorFile';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { memoryFiles } from '../countingSource';
import { safetensors } from '../formats/build';
import { packedOf } from './fixture';

const folder = path.join(import.meta.dirname, '../../fixtures/checkpoints');

/** What a packed weight is said to be. */
export interface Told {
  readonly shape: readonly number[];
  readonly scheme: string;
  readonly bits: number;
  readonly groupSize: number | null;
}

/** A model and where its bytes are. */
export interface Opened {
  readonly fs: FileSystem;
  readonly model: WeightModel;
}

/** What one weight decodes to. */
export interface Decoded {
  readonly codes: Int32Array;
  readonly values: Float32Array;
  readonly params: StoredParams;
}

/** Opens a fixture folder's model as it is changed. @param change gives null for a tensor that is left out */
export async function openChanged(
  name: string,
  change: (entry: TensorEntry) => TensorEntry | null = entry => entry,
): Promise<Opened> {
  const file = path.join(folder, name, 'model.safetensors');
  const model = await withSmallContents(nodeFileSystem, await openModel(nodeFileSystem, file));
  const tensors = model.tensors.flatMap(entry => change(entry) ?? []);
  const config = await readConfig(nodeFileSystem, file);
  return { fs: nodeFileSystem, model: withWeights({ ...model, tensors }, config) };
}

/** A stored tensor of a model in memory. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: ArrayBufferView;
}

/** Opens a model made of tensors. */
export async function openStored(
  tensors: Readonly<Record<string, StoredTensor>>,
  {
    metadata = {},
    config = null,
  }: { metadata?: Record<string, string>; config?: object | null } = {},
): Promise<Opened> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const data: number[] = [];
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    const begin = data.length;
    data.push(...new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    header[name] = { dtype, shape, data_offsets: [begin, data.length] };
  }
  const fs = memoryFiles({ 'm.safetensors': safetensors(header, Uint8Array.from(data)) });
  const model = await withSmallContents(fs, await openModel(fs, 'm.safetensors'));
  return { fs, model: withWeights(model, config as Record<string, unknown> | null) };
}

/** Attaches the bytes of tensors that a recogniser may have to look into. */
async function withSmallContents(fs: FileSystem, model: Model): Promise<Model> {
  const tensors = await Promise.all(
    model.tensors.map(async entry => {
      if (entry.data.byteLength > 16) return entry;
      const source = await fs.open(entry.data.path);
      const contents = await readBytes(source, entry.data.offset, entry.data.byteLength);
      await source.close();
      return { ...entry, contents };
    }),
  );
  return { ...model, tensors };
}

/** The packed weight of that name. */
export function weightOf({ model }: Opened, name: string): PackedWeight {
  const weight = packedOf(model).find(w => w.name === name);
  if (!weight) throw new Error(`no weight ${name}: ${JSON.stringify(model.findings)}`);
  return weight;
}

/** Decodes a weight, `step` rows at a time. */
export async function decode(opened: Opened, name: string, step = Infinity): Promise<Decoded> {
  const weight = weightOf(opened, name);
  const parts = new Parts(opened.fs, weight);
  try {
    const decoder = await layoutNamed(weight.packed.layout).open(weight, parts);
    const inner = weight.shape.at(-1)!;
    const height = weight.count / inner;
    const codes = new Int32Array(weight.count);
    const values = new Float32Array(weight.count);
    for (let row = 0; row < height; row += step) {
      const rows = { row, rows: Math.min(step, height - row) };
      const [from, to] = [row * inner, (row + rows.rows) * inner];
      await decoder.codesOf(rows, codes.subarray(from, to));
      decoder.dequantize(rows, codes.subarray(from, to), values.subarray(from, to));
    }
    const { first, count } = decoder.codes;
    expect(codes.every(code => code >= first && code < first + count)).toBe(true);
    return { codes, values, params: decoder.params };
  } finally {
    await parts.close();
  }
}

/** What the packed weights of a model are said to be. */
export function toldOf({ model }: Opened): Record<string, Told> {
  return Object.fromEntries(
    packedOf(model).map(({ name, shape, packed: { scheme, bits, groupSize } }) => [
      name,
      { shape, scheme, bits, groupSize },
    ]),
  );
}

/** Names of the stored tensors that no packed weight hides. */
export function plainOf({ model }: Opened): string[] {
  return model.weights.filter(w => !w.packed).map(w => w.name);
}

/** Holds what a fixture folder decodes to, read by rows, in odd blocks and whole, to what its libraries decoded. */
export async function expectReference(folderName: string): Promise<void> {
  const opened = await openChanged(folderName);
  const reference = await referenceOf(folderName);
  const weights = packedOf(opened.model);
  expect(weights.length).toBeGreaterThan(0);
  for (const { name } of weights) {
    const module = name.replace(/\.weight$/, '');
    const whole = await decode(opened, name);
    // Adding 0 makes -0 equal to +0: libraries differ in the sign of zero.
    expect(whole.values.map(v => v + 0)).toEqual(reference(`${module}.weight`)!.map(v => v + 0));
    expect([...whole.codes]).toEqual([...reference(`${module}.codes`)!]);
    expect(whole.params.scale).toEqual(reference(`${module}.scale`));
    expect(whole.params.zeroPoint).toEqual(reference(`${module}.zero_point`));
    expect(whole.params.bias).toEqual(reference(`${module}.bias`));
    expect(whole.params.shift).toEqual(reference(`${module}.shift`));
    for (const step of [1, 7]) expect(await decode(opened, name, step)).toEqual(whole);
  }
}

/** Reads expected.safetensors: null for what it does not have. */
async function referenceOf(name: string): Promise<(tensor: string) => Float32Array | null> {
  const file = path.join(folder, name, 'expected.safetensors');
  const { tensors } = await openModel(nodeFileSystem, file);
  const source = await nodeFileSystem.open(file);
  const found = new Map<string, Float32Array>();
  for (const { name: tensor, dtype, count, data } of tensors) {
    if (!isReal(dtype)) continue;
    const out = floatsFor(dtype, count);
    decoderFor(dtype, 'little')(await readBytes(source, data.offset, data.byteLength), 0, out);
    found.set(tensor, Float32Array.from(out));
  }
  await source.close();
  return tensor => found.get(tensor) ?? null;
}

/** Expects that nothing is packed after the change, that a finding says so, and that all stored tensors stay. */
export function expectFinding({ model }: Opened, module: string, message: RegExp): void {
  const findings = model.findings.filter(f => f.message.includes(JSON.stringify(module)));
  expect(findings.map(f => f.message)).toEqual([expect.stringMatching(message)]);
  expect(packedOf(model).map(w => w.name)).not.toContain(module);
  const prefix = module.replace(/\.weight$/, '');
  const stored = model.tensors.filter(t => t.name.startsWith(prefix)).map(t => t.name);
  expect(model.weights.map(t => t.name)).toEqual(expect.arrayContaining(stored));
}

/** Changes one tensor, by its name. */
export function changing(
  name: string,
  change: Partial<TensorEntry> | null,
): (entry: TensorEntry) => TensorEntry | null {
  return entry => (entry.name === name ? change && { ...entry, ...change } : entry);
}
