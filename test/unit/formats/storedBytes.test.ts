import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openModel } from '../../../src/formats/model';
import { storedBytes } from '../../../src/formats/storedBytes';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { bytesSource } from '../countingSource';

const folder = path.resolve(import.meta.dirname, '../../fixtures/npy');

async function bytesOfFile(name: string): Promise<number[]> {
  const model = await openModel(nodeFileSystem, path.join(folder, name));
  const source = await openTensor(nodeFileSystem, model.tensors[0]!, model.files[0]!.byteLength);
  const bytes: number[] = [];
  for await (const piece of storedBytes(source, model.tensors[0]!)) bytes.push(...piece);
  await source.close();
  return bytes;
}

describe('both byte orders and both element orders give the same bytes', () => {
  const files = readdirSync(folder).filter(f => /^\w+-(be|le)-[CF]\.npy$/.test(f));
  test.each(files)('%s', async file => {
    const reference = file.replace(/-(be|le)-[CF]/, '-le-C');
    expect(await bytesOfFile(file)).toEqual(await bytesOfFile(reference));
  });
});

/** A [2, 3] array whose element i, in the order of the file, has the bytes 16 i, 16 i + 1, ... */
async function small(dtype: TensorEntry['dtype'], size: number, how: Partial<TensorEntry['data']>) {
  const bytes = Uint8Array.from(
    { length: 6 * size },
    (_, i) => 16 * Math.floor(i / size) + (i % size),
  );
  const place = { path: 'x', offset: 0, byteLength: bytes.length, byteOrder: 'little' } as const;
  const data = { ...place, fortranOrder: false, ...how };
  const entry = { name: 'x', dtype, shape: [2, 3], count: 6, data };
  const out: number[] = [];
  for await (const piece of storedBytes(bytesSource(bytes), entry)) out.push(...piece);
  return out;
}

test('complex numbers have their halves turned around, each by itself', async () => {
  const out = await small('C64', 8, { byteOrder: 'big', fortranOrder: true });
  expect(out.slice(0, 16)).toEqual([3, 2, 1, 0, 7, 6, 5, 4, 35, 34, 33, 32, 39, 38, 37, 36]);
});

test('64-bit integers and NaN keep their bits in Fortran order', async () => {
  expect((await small('I64', 8, { fortranOrder: true })).slice(8, 16)).toEqual([
    32, 33, 34, 35, 36, 37, 38, 39,
  ]);
  const nan = Uint8Array.from([1, 0x7d, 2, 0xfd, 3, 0x7c, 4, 0x7c, 5, 0xfe, 6, 0xff]);
  const data = {
    path: 'x',
    offset: 0,
    byteLength: 12,
    byteOrder: 'little',
    fortranOrder: true,
  } as const;
  const entry = { name: 'x', dtype: 'F16', shape: [2, 3], count: 6, data } as const;
  const out: number[] = [];
  for await (const piece of storedBytes(bytesSource(nan), entry)) out.push(...piece);
  expect(out).toEqual([1, 0x7d, 3, 0x7c, 5, 0xfe, 2, 0xfd, 4, 0x7c, 6, 0xff]);
});
