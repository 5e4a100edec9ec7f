import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { readNpz } from '../../../src/formats/npz';
import { inflateMember, listZip, memberStart } from '../../../src/formats/zip';
import { bytesSource, countingSource, fixture, noCounts } from '../countingSource';
import { type Member, npy, npyText, zip } from './build';

const read = (bytes: Uint8Array) => readNpz(bytesSource(bytes), 'a.npz');
const array = npy(npyText('<f4', [2, 3]), 24);
const member = (name: string, more: Partial<Member> = {}): Member => ({
  name,
  data: array,
  ...more,
});

async function refusal(bytes: Uint8Array): Promise<WeightError> {
  const e = await read(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WeightError.is(e)) throw new Error(`not refused with a WeightError: ${String(e)}`);
  return e;
}

test("numpy's own archives", async () => {
  const stored = await read(fixture('npy/stored.npz'));
  expect(stored.tensors.map(t => [t.name, t.dtype, t.shape])).toEqual([
    ['weight', 'F32', [12, 10]],
    ['bias', 'F16', [10]],
  ]);
  expect(stored.tensors.every(t => t.data.zip?.method === 'stored')).toBe(true);
  const deflated = await read(fixture('npy/deflated.npz'));
  expect(deflated.tensors.map(t => [t.name, t.dtype, t.shape])).toEqual([
    ['weight', 'F32', [12, 10]],
    ['ids', 'I64', [9]],
  ]);
  expect(deflated.tensors.every(t => t.data.zip?.method === 'deflated')).toBe(true);
  expect([stored.findings, deflated.findings]).toEqual([[], []]);
});

describe.each([
  ['zip32', false],
  ['ZIP64', true],
] as const)('%s', (_, zip64) => {
  test.each([
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['with ZIP64 sizes in the local header only, as numpy has them', { localZip64: true }],
    ['deflated, ZIP64 sizes in the local header', { localZip64: true, deflate: true }],
  ])('%s members are listed', async (_name, how) => {
    const bytes = zip(
      [member('layer/0.npy', how), { name: 'notes.txt', data: array }, member('b.npy', how)],
      zip64,
    );
    const { tensors, findings } = await read(bytes);
    expect(findings).toEqual([]);
    expect(tensors.map(t => [t.name, t.shape, t.data.byteLength])).toEqual([
      ['layer/0', [2, 3], 24],
      ['b', [2, 3], 24],
    ]);
  });
});

test('something in front of the archive shifts all offsets', async () => {
  const { tensors } = await read(
    new Uint8Array([...new Uint8Array(100).fill(7), ...zip([member('a.npy')])]),
  );
  expect(tensors[0]?.data.zip?.headerOffset).toBe(100);
});

describe('members that cannot be read', () => {
  const good = member('good.npy');
  const cases: [string, Member, RegExp][] = [
    [
      'objects',
      member('bad.npy', { data: npy(npyText('|O', [1]), 8) }),
      /^"bad" is left out: npz: member "bad.npy": npy: .*pickles/,
    ],
    ['encryption', member('bad.npy', { flags: 1 }), /is encrypted/],
    ['an unknown method', member('bad.npy', { method: 93 }), /method 93/],
    [
      'a size past the end',
      member('bad.npy', { size: 9999, compressedSize: 9999 }),
      /past the end of the file/,
    ],
    [
      'stored sizes that differ',
      member('bad.npy', { size: 7 }),
      /is stored in \d+ bytes, but has 7/,
    ],
    ['no .npy in it', member('bad.npy', { data: new Uint8Array(50) }), /does not start with/],
    ['no bytes in it', member('bad.npy', { data: new Uint8Array(0) }), /the file is empty/],
    [
      'no deflate stream',
      member('bad.npy', { method: 8, data: new Uint8Array(300).fill(255) }),
      /cannot be inflated/,
    ],
    [
      'a deflate stream that ends early',
      member('bad.npy', { deflate: true, size: 5000 }),
      /inflates to \d+ bytes, expected 5000|cannot be inflated/,
    ],
  ];
  test.each(cases)('%s: a finding, and the others are listed', async (_, bad, message) => {
    const { tensors, findings } = await read(zip([bad, good]));
    expect(tensors.map(t => t.name)).toEqual(['good']);
    expect(findings).toEqual([
      { severity: 'error', tensor: 'bad', message: expect.stringMatching(message) },
    ]);
  });

  test.each(cases)('%s, and nothing else: refused', async (_, bad) => {
    expect(['unsupported', 'malformed', 'truncated', 'not-this-format']).toContain(
      (await refusal(zip([bad]))).tag,
    );
    expect((await refusal(zip([bad, { ...bad, name: 'worse.npy' }]))).message).toMatch(
      /none of the 2 arrays can be read$/,
    );
  });
});

test('bytes after an array are a finding', async () => {
  const longer = new Uint8Array(array.length + 5);
  longer.set(array);
  expect((await read(zip([member('a.npy', { data: longer })]))).findings).toMatchObject([
    { severity: 'warning', tensor: 'a' },
  ]);
});

test('of two members of one name the last is shown, with a finding', async () => {
  const other = npy(npyText('<f2', [5]), 10);
  const { tensors, findings } = await read(
    zip([member('a.npy'), member('a.npy', { data: other })]),
  );
  expect(tensors).toMatchObject([{ name: 'a', dtype: 'F16', shape: [5] }]);
  expect(findings).toMatchObject([{ severity: 'warning', tensor: 'a' }]);
});

test('listing reads the directory and at most 64 KiB a member', async () => {
  const large = npy(npyText('<f4', [300_000]), 1_200_000);
  const noise = large.map((b, i) => (i < 200 ? b : (i * 2654435761) >>> 13));
  for (const how of [{}, { deflate: true }]) {
    const bytes = zip([
      member('a.npy', { data: noise, ...how }),
      member('b.npy', { data: noise, ...how }),
    ]);
    const counts = noCounts();
    const { tensors } = await readNpz(countingSource(bytesSource(bytes), counts), 'x');
    expect(tensors.length).toBe(2);
    const directory =
      bytes.length -
      (tensors[1]!.data.zip!.headerOffset + 30 + 5 + tensors[1]!.data.zip!.compressedSize);
    // The end record is searched for in the last 64 KiB, the directory is read, and then the heads of the members.
    expect(counts.bytes).toBeLessThanOrEqual(22 + 65_536 + 2 * directory + 2 * 65_536);
  }
});

test('inflating reads no more than a few pieces ahead', async () => {
  const large = npy(npyText('<f4', [1_000_000]), 4_000_000).map((b, i) =>
    i < 200 ? b : (i * 2654435761) >>> 13,
  );
  const bytes = zip([{ name: 'a.npy', data: large, deflate: true }]);
  const counts = noCounts();
  const source = countingSource(bytesSource(bytes), counts);
  const [listed] = await listZip(bytesSource(bytes));
  if (!listed || 'flaw' in listed) throw new Error('not listed');
  const start = await memberStart(source, listed.member);
  let taken = 0;
  for await (const piece of inflateMember(source, {
    member: listed.member,
    start,
    pieceBytes: 1000,
  })) {
    taken += piece.length;
    expect(counts.bytes).toBeLessThan(taken + 100_000);
  }
  expect(taken).toBe(large.length);
});

test('a deflated member is listed every time, whatever else is going on', async () => {
  const noise = npy(npyText('<f4', [50_000]), 200_000).map((b, i) =>
    i < 200 ? b : (i * 2654435761) >>> 13,
  );
  const bytes = zip([{ name: 'a.npy', data: noise, deflate: true }]);
  const all = await Promise.all(Array.from({ length: 200 }, () => read(bytes)));
  expect(all.filter(file => file.tensors.length !== 1)).toEqual([]);
});

test('a member that inflates to nothing for ever is given up after 64 KiB', async () => {
  const emptyBlocks = new Uint8Array(4_000_000);
  for (let i = 0; i + 5 <= emptyBlocks.length; i += 5) emptyBlocks.set([0, 0, 0, 255, 255], i);
  const bytes = zip([member('a.npy', { method: 8, data: emptyBlocks, size: 200 })]);
  const counts = noCounts();
  await expect(readNpz(countingSource(bytesSource(bytes), counts), 'x')).rejects.toMatchObject({
    tag: 'malformed',
  });
  expect(counts.bytes).toBeLessThan(5 * 65_536);
});

describe('archives that are none', () => {
  test.each([
    ['no member at all', zip([]), 'malformed'],
    ['text', new TextEncoder().encode('hello, this is not a zip archive'), 'not-this-format'],
    ['cut', zip([member('a.npy')]).subarray(0, 150), 'truncated'],
    ['nothing', new Uint8Array(0), 'truncated'],
  ])('%s', async (_, bytes, tag) => {
    expect((await refusal(bytes)).tag).toBe(tag);
  });

  test('a directory that claims to be huge is refused before it is allocated', async () => {
    const bytes = zip([member('a.npy')]);
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 10, 0xfffffff0, true);
    const huge = {
      size: 2 ** 33,
      read: async (offset: number, into: Uint8Array) => {
        const tail = 2 ** 33 - bytes.length;
        into.fill(0);
        for (let i = 0; i < into.length; i++) into[i] = bytes[offset + i - tail] ?? 0;
      },
    };
    await expect(readNpz(huge, 'x')).rejects.toBeInstanceOf(WeightError);
  });
});
