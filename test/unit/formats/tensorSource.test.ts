import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readBytes } from '../../../src/base/bytes';
import { crc32 } from '../../../src/formats/crc32';
import { openModel } from '../../../src/formats/model';
import { streamRows } from '../../../src/formats/rows';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { fixture, memoryFiles } from '../countingSource';
import { type Member, npy, npyText, safetensors, seeded, zip } from './build';

const random = seeded(1);
const noise = Uint8Array.from({ length: 40_000 }, () => random() * 256);
const array = npy(npyText('<f4', [100, 100]), noise);

async function only(bytes: Uint8Array, name = 'a.npz') {
  const fs = memoryFiles({ [name]: bytes });
  const model = await openModel(fs, name);
  return { fs, entry: model.tensors[0]!, size: bytes.length };
}

test('offset 0 is the first byte of the tensor, and reading ends with it', async () => {
  const header = {
    a: { dtype: 'U8', shape: [3], data_offsets: [0, 3] },
    b: { dtype: 'U8', shape: [2], data_offsets: [3, 5] },
  };
  const bytes = safetensors(header, Uint8Array.of(1, 2, 3, 4, 5));
  const fs = memoryFiles({ m: bytes });
  const { tensors } = await openModel(fs, 'm');
  const source = await openTensor(fs, tensors[1]!, bytes.length);
  expect(source.size).toBe(2);
  expect([...(await readBytes(source, 0, 2))]).toEqual([4, 5]);
  await expect(readBytes(source, 1, 2)).rejects.toMatchObject({ tag: 'truncated' });
  await source.close();
  expect(fs.counts.get('m')?.open).toBe(0);
});

test('a file of another size than when it was opened is an error that says so', async () => {
  const { fs, entry, size } = await only(array, 'a.npy');
  fs.files.set('a.npy', array.subarray(0, size - 1));
  await expect(openTensor(fs, entry, size)).rejects.toMatchObject({
    tag: 'io',
    message: `the file changed on disk since it was opened: it had ${size} bytes, now it has ${size - 1}`,
  });
  expect(fs.counts.get('a.npy')?.open).toBe(0);
});

describe('zip members', () => {
  const ways: [string, Partial<Member>][] = [
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['stored, ZIP64 in the local header', { localZip64: true }],
    ['deflated, ZIP64 in the local header', { deflate: true, localZip64: true }],
  ];
  test.each(ways)('%s', async (_, how) => {
    const { fs, entry, size } = await only(zip([{ name: 'a.npy', data: array, ...how }]));
    const source = await openTensor(fs, entry, size);
    expect(source.size).toBe(40_000);
    expect(await readBytes(source, 0, 40_000)).toEqual(noise);
    expect(await readBytes(source, 1234, 5)).toEqual(noise.slice(1234, 1239));
    await source.close();
    expect(fs.counts.get('a.npz')?.open).toBe(0);
    expect(fs.scratches.made).toBe(0);
  });

  test.each([
    [
      'a wrong CRC32',
      { crc: 12345 },
      /^npz: member "a.npy" is damaged: the CRC32 of its data is [0-9a-f]{8}, expected 00003039$/,
    ],
    ['a wrong CRC32, deflated', { crc: 12345, deflate: true }, /CRC32/],
    [
      'less than it says',
      { deflate: true, size: array.length + 1000 },
      /inflates to \d+ of \d+ bytes|cannot be inflated/,
    ],
    ['more than it says', { deflate: true, size: array.length - 10 }, /more than the \d+ bytes/],
  ])('%s is refused, and everything is closed', async (_, lie, message) => {
    const { fs, entry, size } = await only(
      zip([{ name: 'a.npy', data: npyWithRoom(lie), ...lie }]),
    );
    await expect(openTensor(fs, entry, size)).rejects.toMatchObject({
      tag: 'malformed',
      message: expect.stringMatching(message),
    });
    expect(fs.counts.get('a.npz')?.open).toBe(0);
  });

  /** An array that needs half of what is there, so that a member that is a few bytes shorter can still be listed. */
  function npyWithRoom(lie: Partial<Member>): Uint8Array {
    return lie.size === array.length - 10 ? npy(npyText('<f4', [50, 100]), noise) : array;
  }

  test('a bomb is refused before it is inflated', async () => {
    const { fs, entry, size } = await only(zip([{ name: 'a.npy', data: array, deflate: true }]));
    const zip0 = { ...entry.data.zip!, size: 2 ** 35 };
    const bomb: TensorEntry = { ...entry, data: { ...entry.data, zip: zip0 } };
    await expect(openTensor(fs, bomb, size)).rejects.toMatchObject({
      tag: 'malformed',
      message: expect.stringContaining('more than deflate can'),
    });
    expect(fs.scratches.made).toBe(0);
  });

  test('a bomb that inflates past its size is stopped there', async () => {
    const zeros = npy(npyText('<f4', [4_000_000]), 16_000_000);
    const { fs, entry, size } = await only(zip([{ name: 'a.npy', data: zeros, deflate: true }]));
    const small: TensorEntry = {
      ...entry,
      data: { ...entry.data, byteLength: 4, zip: { ...entry.data.zip!, size: 1000 } },
    };
    await expect(openTensor(fs, small, size)).rejects.toMatchObject({
      tag: 'malformed',
      message: expect.stringContaining('more than the 1000'),
    });
  });

  test.each([
    ['stored', false],
    ['deflated', true],
  ])('%s: cancelling ends the check', async (_, deflate) => {
    const { fs, entry, size } = await only(zip([{ name: 'a.npy', data: array, deflate }]));
    const control = new AbortController();
    control.abort();
    await expect(openTensor(fs, entry, size, control.signal)).rejects.toMatchObject({
      tag: 'cancelled',
    });
    expect(fs.counts.get('a.npz')?.open).toBe(0);
  });

  test('the flipped bit of crc.npz is found when its data is opened', async () => {
    const { fs, entry, size } = await only(fixture('malformed/crc.npz'));
    await expect(openTensor(fs, entry, size)).rejects.toMatchObject({
      tag: 'malformed',
      message: expect.stringContaining('CRC32'),
    });
  });
});

test('a large deflated member goes to a scratch file that leaves nothing behind', async () => {
  const count = 17_000_000;
  const values = new Float32Array(count).map((_, i) => i % 1000);
  const data = npy(npyText('<f4', [1000, 17_000]), new Uint8Array(values.buffer));
  const memory = memoryFiles({ 'a.npz': zip([{ name: 'a.npy', data, deflate: true }]) });
  const scratches = () => readdirSync(tmpdir()).filter(n => n.startsWith('quantscope-'));
  const before = scratches();
  const fs = { ...memory, scratch: () => nodeFileSystem.scratch() };
  const { tensors } = await openModel(fs, 'a.npz');
  const source = await openTensor(fs, tensors[0]!, memory.files.get('a.npz')!.length);
  const stream = streamRows(source, tensors[0]!);
  let next = 0;
  for (const panel of stream.panels())
    for await (const { data: tile } of stream.tiles(panel)) {
      expect(tile[0]).toBe(next % 1000);
      expect(tile.at(-1)).toBe((next + tile.length - 1) % 1000);
      next += tile.length;
    }
  expect(next).toBe(count);
  await source.close();
  expect(scratches()).toEqual(before);
});

test('crc32 agrees with zlib, for every length mod 8 and in parts', () => {
  for (let length = 0; length < 40; length++) {
    const bytes = noise.subarray(length, 3 * length);
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    expect(crc32(bytes.subarray(7), crc32(bytes.subarray(0, 7)))).toBe(zlibCrc32(bytes));
  }
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});
