import path from 'node:path';
import { expect } from 'vitest';
import { readBytes } from '../../../src/base/bytes';
import { readConfig } from '../../../src/checkpoints/config';
import { withContents } from '../../../src/checkpoints/contents';
import type { PackedWeight, QuantConfig } from '../../../src/checkpoints/layout';
import { type WeightModel, withWeights } from '../../../src/checkpoints/recognise';
import { decoderFor, type Floats, floatsFor, isReal } from '../../../src/formats/decode';
import { openModel } from '../../../src/formats/model';
import type { Model, TensorEntry } from '../../../src/formats/tensorFile';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { codesOf, openFixture, packedOf, valuesOf, withDecoder } from './fixture';

/** What `Packed` should say of a weight. */
export interface Said {
  readonly scheme: string;
  readonly bits: number;
  readonly groupSize: number | null;
}

/** The path of a file in a fixture folder. */
export function fixturePath(name: string, file = 'model.safetensors'): string {
  return path.join(import.meta.dirname, '../../fixtures/checkpoints', name, file);
}

/** A stored model with what recognising needs, and its config. */
export async function openStored(
  file: string,
): Promise<{ model: Model; config: QuantConfig | null }> {
  const model = await withContents(nodeFileSystem, await openModel(nodeFileSystem, file));
  return { model, config: await readConfig(nodeFileSystem, file) };
}

/** A model with its weights told. */
export async function openTold(file: string): Promise<WeightModel> {
  const { model, config } = await openStored(file);
  return withWeights(model, config);
}

/** A model whose headers were changed before its weights were told. @param change of a tensor; null drops it */
export async function openDamaged(
  file: string,
  change: (entry: TensorEntry) => TensorEntry | null,
): Promise<WeightModel> {
  const { model, config } = await openStored(file);
  const tensors = model.tensors.flatMap(t => change(t) ?? []);
  return withWeights({ ...model, tensors }, config);
}

/** Holds the weights of a folder to what the libraries that wrote it read. @param said by weight */
export async function expectGolden(
  folder: string,
  file: string,
  said: Readonly<Record<string, Said>>,
): Promise<void> {
  const model = await openTold(fixturePath(folder, file));
  const expected = await openFixture(folder, 'expected.safetensors');
  expect(model.findings).toEqual([]);
  const weights = packedOf(model);
  expect(weights.map(w => w.name).toSorted()).toEqual(Object.keys(said).toSorted());
  for (const weight of weights) {
    const { scheme, bits, groupSize } = weight.packed;
    expect({ scheme, bits, groupSize }).toEqual(said[weight.name]);
    await expectWeight(model, weight, expected);
  }
}

async function expectWeight(model: WeightModel, weight: PackedWeight, expected: WeightModel) {
  const entryOf = (end: string) =>
    expected.tensors.find(t => t.name === weight.name.replace(/weight$/, end));
  const values = (end: string) => storedValues(entryOf(end)!);
  expect(weight.shape).toEqual(entryOf('weight')!.shape);
  const results = await values('weight');
  for (const chunkBytes of [1, 4 * 3 * weight.shape.at(-1)! + 4, undefined])
    expectSame(await valuesOf(model, weight.name, chunkBytes), results);
  const codes = await values('codes');
  for (const rows of [1, 7, Infinity]) expectSame(await codesOf(weight, rows), codes);
  await withDecoder(weight, async ({ params, codes: { first, count } }) => {
    expect(codes.every(c => c >= first && c < first + count)).toBe(true);
    expect(params.shape).toEqual(entryOf('scale')!.shape);
    for (const [end, found] of [
      ['scale', params.scale],
      ['zero_point', params.zeroPoint],
      ['g_idx', params.groupIndex],
      ['bias', params.bias],
      ['shift', params.shift],
    ] as const)
      if (entryOf(end)) expectSame(found!, await values(end));
      else expect(found, end).toBeNull();
  });
}

/** The elements of a stored tensor. */
async function storedValues({ name, dtype, count, data }: TensorEntry): Promise<Floats> {
  if (!isReal(dtype)) throw new TypeError(`${name} is ${dtype}`);
  const values = floatsFor(dtype, count);
  decoderFor(dtype, data.byteOrder)(await storedBytes({ data }), 0, values);
  return values;
}

/** The bytes of a stored tensor. */
export async function storedBytes({ data }: Pick<TensorEntry, 'data'>): Promise<Uint8Array> {
  const source = await nodeFileSystem.open(data.path);
  try {
    return await readBytes(source, data.offset, data.byteLength);
  } finally {
    await source.close();
  }
}

/** Equal as numbers: NaN is NaN, and zeros have no sign. */
export function expectSame(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    if (found[i] !== expected[i] && !(Number.isNaN(found[i]) && Number.isNaN(expected[i])))
      expect({ i, value: found[i] }).toEqual({ i, value: expected[i] });
}

/** What is said of a model's damaged weight, whose stored tensors must all be seen still. */
export function expectUndecoded(
  { weights, tensors, findings }: WeightModel,
  module: string,
): string {
  for (const stored of tensors.filter(t => t.name.startsWith(module)))
    expect(weights).toContain(stored);
  const found = findings.filter(f => f.tensor?.startsWith(module));
  expect(found.length).toBe(1);
  return found[0]!.message;
}
