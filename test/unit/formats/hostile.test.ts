import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { openModel } from '../../../src/formats/model';
import { streamRows } from '../../../src/formats/rows';
import { openTensor } from '../../../src/formats/tensorSource';
import { fixture, memoryFiles } from '../countingSource';
import { npy, npyText, safetensors, seeded, zip } from './build';

/**
 * Opens a file and reads all its tensors. A result or a WeightError is fine, anything else is thrown on.
 * @returns the tag of the refusal, or 'ok'
 */
async function outcome(name: string, bytes: Uint8Array): Promise<string> {
  const fs = memoryFiles({ [name]: bytes });
  try {
    const { tensors } = await openModel(fs, name);
    for (const entry of tensors) {
      if (entry.dtype === 'C64' || entry.dtype === 'C128') continue;
      const source = await openTensor(fs, entry, bytes.length);
      const stream = streamRows(source, entry, { chunkBytes: 4096 });
      let elements = 0;
      for (const panel of stream.panels())
        for await (const { data } of stream.tiles(panel)) elements += data.length;
      expect(elements).toBe(entry.count);
      await source.close();
    }
    return 'ok';
  } catch (e) {
    if (WeightError.is(e)) return e.tag;
    throw e;
  } finally {
    expect([...fs.counts.values()].every(c => c.open === 0)).toBe(true);
  }
}

const shard = (name: string) => ({
  [name]: { dtype: 'F16', shape: [2, 3], data_offsets: [0, 12] },
});
const array = npy(
  npyText('<f4', [4, 5], true),
  Uint8Array.from({ length: 80 }, (_, i) => i * 3),
);
const files: Record<string, Uint8Array> = {
  'plain.safetensors': safetensors(
    '{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F4","shape":[4],"data_offsets":[24,26]},"c":{"dtype":"I64","shape":[],"data_offsets":[26,34]}}  ',
    34,
  ),
  'numpy.npy': fixture('npy/cube.npy'),
  'version3.npy': fixture('npy/version-3.npy'),
  'fortran.npy': array,
  'stored.npz': zip([
    { name: 'a.npy', data: array },
    { name: 'b.npy', data: array },
  ]),
  'deflated.npz': zip([
    { name: 'a.npy', data: array, deflate: true },
    { name: 'b.npy', data: array, deflate: true, localZip64: true },
  ]),
  'zip64.npz': zip(
    [
      { name: 'a.npy', data: array, deflate: true },
      { name: 'b.npy', data: array },
    ],
    true,
  ),
  'numpy.npz': fixture('npy/deflated.npz'),
};

test('the files are good before they are harmed', async () => {
  for (const [name, bytes] of Object.entries(files))
    expect([name, await outcome(name, bytes)]).toEqual([name, 'ok']);
});

describe.each(Object.keys(files))('%s', name => {
  const bytes = files[name]!;

  test('cut at every byte', async () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = await outcome(name, bytes.slice(0, length));
      expect([length, result]).not.toEqual([length, 'ok']);
    }
  });

  test('with 3000 seeded harms: bits flipped, bytes set, numbers made huge, parts repeated', async () => {
    const random = seeded(bytes.length);
    const below = (n: number) => Math.floor(random() * n);
    const seen = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      let harmed: Uint8Array = bytes.slice();
      for (let times = 1 + below(3); times > 0; times--) harmed = harm(harmed, below);
      const result = await outcome(name, harmed);
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    // Both happen, or the harms do not reach the parser.
    expect(seen.get('ok') ?? 0).toBeGreaterThan(0);
    expect([...seen.keys()].filter(k => k !== 'ok').length).toBeGreaterThan(0);
  });
});

function harm(bytes: Uint8Array, below: (n: number) => number): Uint8Array {
  const at = below(bytes.length);
  const kind = below(5);
  if (kind === 0) bytes[at]! ^= 1 << below(8);
  if (kind === 1) bytes[at] = below(256);
  if (kind === 2) bytes.fill(255, at, at + [1, 2, 4, 8][below(4)]!);
  if (kind === 3) bytes.fill(0x39, at, at + below(12)); // nines: counts that no file can have
  if (kind === 4) bytes.copyWithin(at, below(bytes.length), bytes.length);
  return bytes;
}

test('an index with its seeded harms opens shards in its folder, or is refused', async () => {
  const text =
    '{"metadata":{"total_size":24},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}';
  const random = seeded(7);
  const below = (n: number) => Math.floor(random() * n);
  const opened = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const harmed = harm(new TextEncoder().encode(text), below);
    const fs = memoryFiles({
      'm/x.index.json': harmed,
      'm/s1.safetensors': safetensors(shard('a'), 12),
      'm/s2.safetensors': safetensors(shard('b'), 12),
    });
    const open = (file: string) => {
      opened.add(file);
      return fs.open(file);
    };
    const watched = { ...fs, open };
    await openModel(watched, 'm/x.index.json').catch((e: unknown) => {
      if (!WeightError.is(e)) throw e;
    });
  }
  expect([...opened].filter(file => !file.startsWith('m/'))).toEqual([]);
});

describe('headers made to cost time or memory', () => {
  const tensor = (name: string) => `"${name}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`;
  const long = 'n'.repeat(10_000_000);
  const costly: [what: string, header: () => string, result: string][] = [
    ['20 MB of spaces', () => ' '.repeat(20_000_000), 'malformed'],
    ['a metadata string of 20 MB', () => `{"__metadata__":{"k":"${long}${long}"}}`, 'ok'],
    ['10 million escapes', () => `{"__metadata__":{"k":"${'\\n'.repeat(10_000_000)}"}}`, 'ok'],
    ['20 MB of opening brackets', () => `{"a":${'['.repeat(20_000_000)}`, 'malformed'],
    ['20 MB of quotes', () => `{${'"'.repeat(20_000_000)}`, 'malformed'],
    ['20 MB of digits', () => `{"a":{"shape":[${'9'.repeat(20_000_000)}]}}`, 'malformed'],
    ['5 million dimensions', () => `{"a":{"shape":[${'1,'.repeat(5_000_000)}1]}}`, 'malformed'],
    ['a tensor name of 10 MB', () => `{${tensor(long)}}`, 'ok'],
    ['a tensor name of 10 MB, twice', () => `{${tensor(long)},${tensor(long)}}`, 'malformed'],
  ];
  // What takes more than linear time runs into the test's time limit.
  test.each(costly)('%s', { timeout: 10_000 }, async (_, header, result) => {
    expect(await outcome('x.safetensors', safetensors(header()))).toBe(result);
  });

  test('a message never repeats a long name', async () => {
    const bytes = safetensors(
      `{"${'n'.repeat(1_000_000)}":{"dtype":"${'d'.repeat(1_000_000)}","shape":[],"data_offsets":[0,0]}}`,
    );
    const e = await openModel(memoryFiles({ x: bytes }), 'x').catch((reason: unknown) => reason);
    expect(WeightError.is(e, 'malformed')).toBe(true);
    expect(String(e).length).toBeLessThan(1000);
  });
});
