import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBytes } from '../../../src/base/bytes';
import { WeightError } from '../../../src/base/errors';
import { openModel } from '../../../src/formats/model';
import { streamRows } from '../../../src/formats/rows';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quantscope-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function refusal(file: string): Promise<WeightError> {
  const e = await nodeFileSystem.open(file).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WeightError.is(e, 'io')) throw new Error(`expected an io error, got ${String(e)}`);
  expect(e.message).not.toContain(folder);
  return e;
}

test('ranges are read into the array of the caller', async () => {
  writeFileSync(
    at('ten'),
    Uint8Array.from({ length: 10 }, (_, i) => i),
  );
  const source = await nodeFileSystem.open(at('ten'));
  expect(source.size).toBe(10);
  const into = new Uint8Array(8).fill(9);
  await source.read(3, into.subarray(2, 6));
  expect([...into]).toEqual([9, 9, 3, 4, 5, 6, 9, 9]);
  await source.read(10, new Uint8Array(0));
  await expect(source.read(8, new Uint8Array(3))).rejects.toMatchObject({
    tag: 'truncated',
    details: { offset: 8, expected: 3, actual: 2 },
  });
  const aborted = AbortSignal.abort();
  await expect(source.read(0, new Uint8Array(3), aborted)).rejects.toMatchObject({
    tag: 'cancelled',
  });
  await source.close();
});

test('a file that shrinks while it is open is truncated, not a wrong value', async () => {
  writeFileSync(at('shrinks'), new Uint8Array(100));
  const source = await nodeFileSystem.open(at('shrinks'));
  truncateSync(at('shrinks'), 50);
  await expect(readBytes(source, 40, 20)).rejects.toMatchObject({ tag: 'truncated' });
  await source.close();
});

describe('what cannot be opened says why, without its path', () => {
  test('a missing file', async () =>
    expect((await refusal(at('none'))).message).toBe('the file does not exist'));
  test('a folder', async () =>
    expect((await refusal(folder)).message).toBe('it is a folder, expected a file'));
  test('a file as folder', async () => {
    writeFileSync(at('file'), '');
    expect((await refusal(path.join(at('file'), 'x'))).message).toMatch(/does not exist/);
  });
  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'no permission',
    async () => {
      writeFileSync(at('secret'), 'x');
      chmodSync(at('secret'), 0);
      expect((await refusal(at('secret'))).message).toBe('no permission to read the file');
    },
  );
  test.skipIf(process.platform === 'win32')('a pipe, without waiting for a writer', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    expect((await refusal(at('pipe'))).message).toBe('it is not a regular file');
  });
});

test('siblings lie in the folder of the file', () => {
  expect(nodeFileSystem.sibling(path.join('a', 'b.json'), 'c/d')).toBe(path.join('a', 'c', 'd'));
  expect(nodeFileSystem.sibling('b.json', 'c')).toBe('c');
});

test('a scratch file is written, read by range, and gone when closed', async () => {
  const left = () =>
    readdirSync(tmpdir()).filter(n => n.startsWith('quantscope-') && n.endsWith('.tmp'));
  const before = left();
  const scratch = await nodeFileSystem.scratch();
  await scratch.append(Uint8Array.of(1, 2, 3));
  await scratch.append(Uint8Array.of(4, 5));
  expect(scratch.size).toBe(5);
  expect([...(await readBytes(scratch, 2, 3))]).toEqual([3, 4, 5]);
  await expect(readBytes(scratch, 4, 2)).rejects.toMatchObject({ tag: 'truncated' });
  await scratch.close();
  expect(left()).toEqual(before);
});

describe('past 4 GiB, in sparse files', () => {
  const far = 5 * 2 ** 30;

  function sparse(
    name: string,
    parts: readonly [offset: number, bytes: Uint8Array][],
    size: number,
  ): string {
    const handle = openSync(at(name), 'w');
    for (const [offset, bytes] of parts) writeSync(handle, bytes, 0, bytes.length, offset);
    ftruncateSync(handle, size);
    closeSync(handle);
    return at(name);
  }

  async function valuesOf(file: string, index: number): Promise<number[]> {
    const model = await openModel(nodeFileSystem, file);
    const source = await openTensor(
      nodeFileSystem,
      model.tensors[index]!,
      model.files[0]!.byteLength,
    );
    const stream = streamRows(source, model.tensors[index]!);
    const values: number[] = [];
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) values.push(...data);
    await source.close();
    return values;
  }

  test('a safetensors tensor', async () => {
    const header = JSON.stringify({
      first: { dtype: 'U8', shape: [far], data_offsets: [0, far] },
      last: { dtype: 'F32', shape: [2, 2], data_offsets: [far, far + 16] },
    });
    const start = 8 + header.length;
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    const data = new Uint8Array(Float32Array.of(1, -2, 3, 4.5).buffer);
    const file = sparse(
      'far.safetensors',
      [
        [0, length],
        [8, new TextEncoder().encode(header)],
        [start + far, data],
      ],
      start + far + 16,
    );
    expect(await valuesOf(file, 1)).toEqual([1, -2, 3, 4.5]);
  });

  test('the last rows of one tensor', async () => {
    const rows = far / 2 ** 20;
    const header = JSON.stringify({
      w: { dtype: 'U8', shape: [rows, 2 ** 20], data_offsets: [0, far] },
    });
    const start = 8 + header.length;
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    const file = sparse(
      'rows.safetensors',
      [
        [0, length],
        [8, new TextEncoder().encode(header)],
        [start + far - 1, Uint8Array.of(77)],
      ],
      start + far,
    );
    const { tensors, files } = await openModel(nodeFileSystem, file);
    const source = await openTensor(nodeFileSystem, tensors[0]!, files[0]!.byteLength);
    const stream = streamRows(source, tensors[0]!);
    for await (const tile of stream.tiles({ row: rows - 1, rows: 1, tiles: 1 }))
      expect([tile.row, tile.data.at(-1), tile.data.at(-2)]).toEqual([rows - 1, 77, 0]);
    await source.close();
  });
});
