import { expect, test } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import type { PackedWeight } from '../../../src/checkpoints/layout';
import { Parts } from '../../../src/checkpoints/parts';

/** A matrix whose bytes tell row and column, without the memory for it. */
function large(rows: number, stride: number) {
  let reads = 0;
  const source = {
    size: rows * stride,
    async read(offset: number, into: Uint8Array) {
      reads++;
      for (let i = 0; i < into.length; i++) {
        const at = offset + i;
        into[i] = Math.floor(at / stride) * 7 + (at % stride) * 13;
      }
    },
    close: async () => {},
  };
  const fs = { open: async () => source } as unknown as FileSystem;
  const byteLength = rows * stride;
  const data = { path: 'm', offset: 0, byteLength, byteOrder: 'little', fortranOrder: false };
  const entry = { name: 'q', dtype: 'I32', shape: [rows, stride / 4], count: byteLength / 4, data };
  const packed = { parts: { codes: { entry, fileSize: byteLength } } };
  const parts = new Parts(fs, { packed } as unknown as PackedWeight);
  return { parts, reads: () => reads };
}

const byteAt = (row: number, column: number) => (row * 7 + column * 13) & 0xff;

test('columns of a matrix larger than what is kept, read in few long pieces', async () => {
  const [rows, stride] = [1024, 65_536];
  const { parts, reads } = large(rows, stride);
  const wanted = [0, 100, 8100, 8300, 16_000, 0];
  for (const from of wanted) {
    const columns = await parts.columns('codes', from, from + 32, 4);
    expect(columns.length).toBe(rows * 128);
    for (const row of [0, 1, 511, rows - 1])
      for (const column of [0, 1, 127])
        expect(columns[row * 128 + column]).toBe(byteAt(row, 4 * from + column));
  }
  // 64 MiB in pieces of 4 MiB, once for each half that is kept, and not once for each row.
  expect(reads()).toBeLessThanOrEqual(wanted.length * 16);
  await parts.close();
});
