import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WeightError, type WeightErrorTag } from '../../../src/base/errors';
import { baseName, openModel } from '../../../src/formats/model';
import { streamRows } from '../../../src/formats/rows';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { fixture, fixturePath, memoryFiles } from '../countingSource';
import { npy, npyText, safetensors, zip } from './build';

/** What numpy says of each of its files. */
interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly row0: readonly (number | string)[];
}

const byDescr: Record<string, string> = {
  b1: 'BOOL',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  u2: 'U16',
  u4: 'U32',
  u8: 'U64',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  V2: 'BF16',
};

/** The first values of a tensor in C order. */
async function firstValues(file: string, count: number): Promise<number[]> {
  const model = await openModel(nodeFileSystem, file);
  const entry = model.tensors[0]!;
  const source = await openTensor(nodeFileSystem, entry, model.files[0]!.byteLength);
  const values: number[] = [];
  try {
    const stream = streamRows(source, entry, { chunkBytes: 24 });
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) values.push(...data);
  } finally {
    await source.close();
  }
  expect(values.length).toBe(entry.count);
  return values.slice(0, count);
}

describe("numpy's files", () => {
  const expected: Record<string, Expected> = JSON.parse(
    new TextDecoder().decode(fixture('npy/expected.json')),
  );
  const names = readdirSync(fixturePath('npy')).filter(n => n.endsWith('.npy'));
  test('every file has its expectation', () =>
    expect(names.sort()).toEqual(Object.keys(expected).sort()));

  test.each(names)('%s', async name => {
    const file = fixturePath(`npy/${name}`);
    const { dtype, shape, count, row0 } = expected[name]!;
    const { format, tensors, findings } = await openModel(nodeFileSystem, file);
    expect({ format, findings }).toEqual({ format: 'npy', findings: [] });
    expect(tensors).toMatchObject([
      { name: name.replace('.npy', ''), dtype: byDescr[dtype.slice(1)], shape, count },
    ]);
    const values = row0.map(x =>
      typeof x === 'number' ? x : Number(x.replace('inf', 'Infinity')),
    );
    expect(await firstValues(file, row0.length)).toEqual(values);
  });

  test.each(['stored.npz', 'deflated.npz'])('%s holds the same array', async name => {
    expect(await firstValues(fixturePath(`npy/${name}`), 120)).toEqual(
      await firstValues(fixturePath('npy/f4-le-C.npy'), 120),
    );
  });
});

describe('malformed files', () => {
  const reasons: Record<string, string> = JSON.parse(
    new TextDecoder().decode(fixture('malformed/index.json')),
  );
  const tags: Record<string, [WeightErrorTag, RegExp]> = {
    'empty.safetensors': ['truncated', /the file is empty/],
    'seven-bytes.safetensors': ['truncated', /7 bytes, expected at least the 8-byte/],
    'header-past-end.safetensors': [
      'truncated',
      /header ends at byte 1008, past the end of the file \(70\)/,
    ],
    'header-2e60.safetensors': ['over-limit', /1152921504606846976, over the limit of 100000000/],
    'header-zero.safetensors': ['malformed', /header length at byte 0 is 0/],
    'not-json.safetensors': ['malformed', /expected a key in quotes, found "not json" \(byte 9\)/],
    'json-array.safetensors': ['malformed', /expected a JSON object/],
    'bad-utf8.safetensors': ['malformed', /not valid UTF-8/],
    'overlap.safetensors': [
      'malformed',
      /tensor "b" starts at byte 140, overlapping tensor "a", which ends at byte 148/,
    ],
    'hole.safetensors': [
      'malformed',
      /tensor "b" starts at byte 165, leaving a hole after tensor "a", which ends at byte 149/,
    ],
    'size-mismatch.safetensors': [
      'malformed',
      /tensor "a" has 16 bytes, expected 20 for F32 \[5\]/,
    ],
    'end-before-start.safetensors': [
      'malformed',
      /tensor "a" ends at byte 70, before it starts \(86\)/,
    ],
    'past-end.safetensors': [
      'truncated',
      /^safetensors: tensor "a" ends at byte 1674, past the end of the file \(90\)$/,
    ],
    'trailing.safetensors': ['malformed', /tensor "a" ends at byte 86, but the file has 110 bytes/],
    'unknown-dtype.safetensors': ['malformed', /unknown dtype "Q9"/],
    'negative-dim.safetensors': ['malformed', /found -4/],
    'fraction-dim.safetensors': ['malformed', /found 4\.5/],
    'overflow-shape.safetensors': ['malformed', /element count of tensor "a" overflows/],
    'no-shape.safetensors': ['malformed', /tensor "a" has no shape/],
    'metadata-number.safetensors': [
      'malformed',
      /expected a string as metadata value "k", found "3/,
    ],
    'bad-magic.npy': ['not-this-format', /does not start with "\\x93NUMPY"/],
    'version-9.npy': ['unsupported', /version 9\.0 at byte 6/],
    'truncated-header.npy': ['truncated', /20 bytes, expected at least 68/],
    'truncated-data.npy': ['truncated', /ends at byte 84, past the end of the file \(77\)/],
    'object.npy': ['unsupported', /pickles and are never loaded/],
    'structured.npy': ['unsupported', /structured array of 2 fields/],
    'unicode.npy': ['unsupported', /holds text/],
    'code-in-header.npy': ['malformed', /expected a literal/],
    'missing-key.npy': ['malformed', /no fortran_order/],
    'header-4g.npy': ['truncated', /14 bytes, expected at least 4294967292/],
    'cut.npz': ['truncated', /no zip central directory/],
    'not-zip.npz': ['not-this-format', /not a zip archive/],
    'no-arrays.npz': ['malformed', /no \.npy member/],
    'crc.npz': ['malformed', /CRC32/],
    'missing-shard.safetensors.index.json': [
      'io',
      /shard "nowhere-00001-of-00002.safetensors": the file does not exist/,
    ],
  };
  const names = Object.keys(reasons).filter(n => !n.endsWith('.gguf'));
  test('every file has its expectation', () =>
    expect(Object.keys(tags).sort()).toEqual(names.sort()));

  test.each(names)('%s', async name => {
    const [tag, message] = tags[name]!;
    const e = await firstValues(fixturePath(`malformed/${name}`), 1).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!WeightError.is(e))
      throw new Error(`${reasons[name]}: not refused with a WeightError: ${String(e)}`);
    expect(e.message).toMatch(message);
    expect(e.tag).toBe(tag);
    expect(e.message).not.toContain(path.sep + path.join('fixtures', 'malformed'));
  });
});

describe('the format is known', () => {
  const good = safetensors({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, 1);
  test.each([
    ['model.bin', good, 'safetensors'],
    ['weights.npy', good, 'safetensors'],
    ['empty.safetensors', safetensors('{}'), 'safetensors'],
    ['x.safetensors', npy(npyText('<f4', [1]), 4), 'npy'],
    ['model.bin', `GGUF\x03${'\0'.repeat(19)}`, 'gguf'],
    ['x', zip([{ name: 'a.npy', data: npy(npyText('<f4', [1]), 4) }]), 'npz'],
  ])('%s by its content', async (name, bytes, format) => {
    expect((await openModel(memoryFiles({ [name]: bytes }), name)).format).toBe(format);
  });

  test.each([
    ['readme.md', 'hello', /found one that starts with "hello"/],
    ['x.gz', '\x1f\x08', /found one that starts with/],
    ['empty', '', /found an empty file/],
  ])('%s is not', async (name, content, message) => {
    await expect(openModel(memoryFiles({ [name]: content }), name)).rejects.toMatchObject({
      tag: 'not-this-format',
      message: expect.stringMatching(message),
    });
  });

  test('a .npy is named after its file', async () => {
    const bytes = npy(npyText('<f4', [1]), 4);
    for (const file of ['/models/a.b.weight.npy', 'a.b.weight.npy', 'C:\\models\\a.b.weight.npy'])
      expect((await openModel(memoryFiles({ [file]: bytes }), file)).tensors[0]?.name).toBe(
        'a.b.weight',
      );
    expect(baseName('/models/back\\slash.npy')).toBe('back\\slash.npy');
  });
});

describe('files that were not fetched', () => {
  const lfs = (size = 4976698672) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a'.repeat(16)}\nsize ${size}\n`;
  const xet = `# xet version 0\nfilesize = 1234\nhash = '${'ab'.repeat(32)}'\n`;

  test('a Git LFS pointer is named, with the command that fetches it', async () => {
    for (const name of ['model.safetensors', 'w.npy', 'w.npz', 'model.bin'])
      await expect(
        openModel(memoryFiles({ [`/m/${name}`]: lfs() }), `/m/${name}`),
      ).rejects.toMatchObject({
        tag: 'not-this-format',
        message: `the file is a Git LFS pointer: its 4976698672 bytes of weights have not been fetched. Run \`git lfs pull --include="${name}"\``,
      });
  });

  test('a Xet pointer is named, with the commands that fetch it', async () => {
    await expect(
      openModel(memoryFiles({ 'model.safetensors': xet }), 'model.safetensors'),
    ).rejects.toMatchObject({
      tag: 'not-this-format',
      message: expect.stringMatching(
        /^the file is a Xet pointer: its 1234 bytes .*git xet .*model\.safetensors.*hf download .*model\.safetensors/,
      ),
    });
  });

  test("a command never has a stranger's file name in it that a shell could run", async () => {
    const name = '$(touch x)".safetensors';
    for (const pointer of [lfs(), xet]) {
      const e = await openModel(memoryFiles({ [name]: pointer }), name).catch(
        (reason: unknown) => reason,
      );
      expect(String(e)).toMatch(/git (lfs pull|xet materialize)/);
      expect(String(e)).not.toContain('touch');
    }
  });

  test('a shard that is a pointer is named', async () => {
    const index = JSON.stringify({ weight_map: { a: 's1.safetensors' } });
    await expect(
      openModel(
        memoryFiles({ 'm/x.index.json': index, 'm/s1.safetensors': lfs(7) }),
        'm/x.index.json',
      ),
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /^index.json: shard "s1.safetensors": the file is a Git LFS pointer.*--include="s1.safetensors"/,
      ),
      details: { file: 'm/s1.safetensors' },
    });
  });
});

describe('sharded models', () => {
  const tensor = (begin: number, length: number) => ({
    dtype: 'U8',
    shape: [length],
    data_offsets: [begin, begin + length],
  });
  const shard = (names: readonly string[], metadata = {}) =>
    safetensors(
      { __metadata__: metadata, ...Object.fromEntries(names.map((n, i) => [n, tensor(2 * i, 2)])) },
      2 * names.length,
    );
  const open = (index: unknown, files: Record<string, Uint8Array | string> = {}) => {
    const text = typeof index === 'string' ? index : JSON.stringify(index);
    return openModel(
      memoryFiles({ 'm/model.safetensors.index.json': text, ...files }),
      'm/model.safetensors.index.json',
    );
  };
  const two = {
    'm/s1.safetensors': shard(['a', 'b'], { format: 'pt' }),
    'm/s2.safetensors': shard(['c', 'd'], { format: 'np', by: 'x' }),
  };

  test('one model, in the order of the weight_map', async () => {
    const weight_map = {
      d: 's2.safetensors',
      a: 's1.safetensors',
      '7': 's3.safetensors',
      c: 's2.safetensors',
      b: 's1.safetensors',
    };
    const text = `{"metadata":{"total_size":10,"kind":"x"},"weight_map":{"d":"s2.safetensors","a":"s1.safetensors","7":"s3.safetensors","c":"s2.safetensors","b":"s1.safetensors"},"other":[1]}`;
    expect(Object.keys(weight_map)[0]).toBe('7'); // what an object would make of the order
    const model = await open(text, { ...two, 'm/s3.safetensors': shard(['7']) });
    expect(model.format).toBe('safetensors-index');
    expect(model.tensors.map(t => [t.name, t.data.path])).toEqual([
      ['d', 'm/s2.safetensors'],
      ['a', 'm/s1.safetensors'],
      ['7', 'm/s3.safetensors'],
      ['c', 'm/s2.safetensors'],
      ['b', 'm/s1.safetensors'],
    ]);
    expect(model.metadata).toEqual({ total_size: '10', kind: 'x', format: 'np', by: 'x' });
    expect(model.findings).toEqual([]);
    expect(model.files.map(f => f.path)).toEqual([
      'm/s2.safetensors',
      'm/s1.safetensors',
      'm/s3.safetensors',
    ]);
  });

  test('what shards lack or have beside the index, and a wrong total_size, are findings', async () => {
    const weight_map = {
      a: 's1.safetensors',
      x: 's1.safetensors',
      c: 's2.safetensors',
      b: 's2.safetensors',
    };
    const { tensors, findings } = await open({ metadata: { total_size: 99 }, weight_map }, two);
    expect(tensors.map(t => t.name)).toEqual(['a', 'c']);
    expect(findings.map(f => [f.severity, f.message])).toEqual([
      ['error', 'shard "s1.safetensors" lacks 1 tensor ("x") that the index places in it'],
      [
        'warning',
        'shard "s1.safetensors" has 1 tensor ("b") that the index does not place in it; left out',
      ],
      ['error', 'shard "s2.safetensors" lacks 1 tensor ("b") that the index places in it'],
      [
        'warning',
        'shard "s2.safetensors" has 1 tensor ("d") that the index does not place in it; left out',
      ],
      ['warning', 'the index says total_size 99, but its tensors have 4 bytes'],
    ]);
  });

  test.each([
    ['/etc/s.safetensors', 'is an absolute path'],
    ['C:s.safetensors', 'has a drive letter'],
    ['c:/s.safetensors', 'has a drive letter'],
    ['a\\b.safetensors', 'has a backslash'],
    ['../s.safetensors', 'leaves the folder'],
    ['a/../../s.safetensors', 'leaves the folder'],
    ['a/..', 'leaves the folder'],
    ['', 'is empty'],
    ['a//b', 'has an empty part'],
    ['./s.safetensors', 'has an empty part'],
    ['s\0.safetensors', 'has a NUL'],
  ])('the shard name %j is refused', async (name, reason) => {
    const e = await open({ weight_map: { a: 's1.safetensors', b: name } }, two).catch(
      (x: unknown) => x,
    );
    expect(WeightError.is(e, 'malformed')).toBe(true);
    expect(String(e)).toContain(reason);
  });

  test('a name with two dots in it is a name', async () => {
    const { tensors } = await open(
      { weight_map: { a: 'sub/..s1..safetensors' } },
      { 'm/sub/..s1..safetensors': shard(['a']) },
    );
    expect(tensors.length).toBe(1);
  });

  test('a bad shard is named, with its path in the details', async () => {
    const e = await open(
      { weight_map: { a: 's1.safetensors', c: 's2.safetensors' } },
      { ...two, 'm/s2.safetensors': two['m/s2.safetensors'].subarray(0, 40) },
    ).catch((x: unknown) => x);
    expect(e).toMatchObject({
      tag: 'truncated',
      message: expect.stringMatching(
        /^index.json: shard "s2.safetensors": safetensors: the header ends at byte/,
      ),
      details: { file: 'm/s2.safetensors' },
    });
  });

  test('of several missing shards the first is named', async () => {
    const weight_map = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`t${i}`, `s${i}.safetensors`]),
    );
    await expect(open({ weight_map })).rejects.toMatchObject({
      tag: 'io',
      message: 'index.json: shard "s0.safetensors": the file does not exist',
    });
  });

  test('few shards are open at a time, and all are closed', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `s${i}.safetensors`);
    const files = memoryFiles({
      'm/i.index.json': JSON.stringify({ weight_map: Object.fromEntries(names.map(n => [n, n])) }),
      ...Object.fromEntries(names.map(n => [`m/${n}`, shard([n])])),
    });
    let most = 0;
    const watched = {
      ...files,
      open: async (file: string) => {
        const source = await files.open(file);
        most = Math.max(
          most,
          [...files.counts.values()].reduce((sum, c) => sum + c.open, 0),
        );
        return source;
      },
    };
    expect((await openModel(watched, 'm/i.index.json')).tensors.length).toBe(30);
    expect(most).toBeLessThanOrEqual(5);
    expect([...files.counts.values()].every(c => c.open === 0)).toBe(true);
  });

  test.each([
    ['no weight_map', '{"metadata":{}}', /no weight_map/],
    ['a list as weight_map', '{"weight_map":[]}', /expected weight_map as a JSON object/],
    [
      'a number as shard',
      '{"weight_map":{"a":1}}',
      /expected the name of a shard for tensor "a", found "1}}" \(byte 19\)/,
    ],
    ['a tensor twice', '{"weight_map":{"a":"s","a":"s"}}', /key "a" twice/],
    ['no JSON', '{"metadata":', /expected metadata as a JSON object, found the end/],
    ['an array', '[]', /expected a JSON object/],
  ])('%s is refused', async (_, text, message) => {
    const e = await open(text, two).catch((x: unknown) => x);
    expect(WeightError.is(e, 'malformed')).toBe(true);
    expect(String(e)).toMatch(message);
  });

  test('an index cannot name another index, or a file of another format', async () => {
    const index = JSON.stringify({ weight_map: { a: 's1.safetensors' } });
    await expect(open(index, { 'm/s1.safetensors': index })).rejects.toMatchObject({
      tag: 'unsupported',
    });
    await expect(
      open(index, { 'm/s1.safetensors': npy(npyText('<f4', [1]), 4) }),
    ).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('expected a safetensors file, found npy'),
    });
  });

  describe('on disk', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'quantscope-test-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    test('symbolic links are followed, as download caches have them', async ({ skip }) => {
      mkdirSync(path.join(folder, 'blobs'));
      mkdirSync(path.join(folder, 'snapshot'));
      writeFileSync(path.join(folder, 'blobs/0123'), two['m/s1.safetensors']);
      try {
        symlinkSync('../blobs/0123', path.join(folder, 'snapshot/s1.safetensors'));
      } catch {
        skip('this machine does not let a test make symbolic links');
      }
      const index = path.join(folder, 'snapshot/model.safetensors.index.json');
      writeFileSync(
        index,
        JSON.stringify({ weight_map: { a: 's1.safetensors', b: 's1.safetensors' } }),
      );
      const { tensors, files } = await openModel(nodeFileSystem, index);
      expect(tensors.map(t => t.name)).toEqual(['a', 'b']);
      const source = await openTensor(nodeFileSystem, tensors[1]!, files[0]!.byteLength);
      expect(source.size).toBe(2);
      await source.close();
    });

    test('shards may lie in a folder below', async () => {
      mkdirSync(path.join(folder, 'below/deep'), { recursive: true });
      copyFileSync(fixturePath('npy/f4-le-C.npy'), path.join(folder, 'below/deep/ignored.npy'));
      writeFileSync(path.join(folder, 'below/deep/s.safetensors'), shard(['a']));
      const index = path.join(folder, 'below/x.index.json');
      writeFileSync(index, JSON.stringify({ weight_map: { a: 'deep/s.safetensors' } }));
      expect((await openModel(nodeFileSystem, index)).files[0]?.path).toBe(
        path.join(folder, 'below', 'deep', 's.safetensors'),
      );
    });
  });
});
