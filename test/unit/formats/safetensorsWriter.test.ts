import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../../src/formats/safetensors';
import { type NewTensor, safetensorsLayout } from '../../../src/formats/safetensorsWriter';
import { bytesSource } from '../countingSource';

/** What our reader makes of a layout whose data is all zeros. */
async function readBack(tensors: readonly NewTensor[], metadata: Record<string, string> = {}) {
  const layout = safetensorsLayout(tensors, metadata);
  const bytes = new Uint8Array(layout.byteLength);
  bytes.set(layout.header);
  return { layout, file: await readSafetensors(bytesSource(bytes), 'x') };
}

const tensors: NewTensor[] = [
  { name: 'bytes', dtype: 'U8', shape: [3] },
  { name: 'nibbles', dtype: 'F4', shape: [2, 3] },
  { name: 'ä "quoted"\n', dtype: 'F32', shape: [2, 3] },
  { name: 'half', dtype: 'F16', shape: [5] },
  { name: 'scalar', dtype: 'F64', shape: [] },
  { name: 'empty', dtype: 'F64', shape: [0, 7] },
  { name: 'other', dtype: 'F32', shape: [1] },
];

describe('safetensorsLayout', () => {
  test('is read back: names, dtypes, shapes, places, metadata', async () => {
    const { layout, file } = await readBack(tensors, { format: 'pt', odd: '\u2028' });
    expect(file.metadata).toEqual({ format: 'pt', odd: '\u2028' });
    expect(file.tensors).toHaveLength(tensors.length);
    for (const { name, dtype, shape } of tensors) {
      const found = file.tensors.find(t => t.name === name)!;
      expect(found).toMatchObject({ dtype, shape });
      expect(layout.offsets.get(name)).toBe(found.data.offset);
    }
  });

  test('every tensor lies at a multiple of its element; else the order is kept', async () => {
    const { layout, file } = await readBack(tensors);
    expect(layout.header.length % 8).toBe(0);
    for (const { name, data } of file.tensors) {
      const size = { F64: 8, F32: 4, F16: 2 }[tensors.find(t => t.name === name)!.dtype as string];
      expect(data.offset % (size ?? 1)).toBe(0);
    }
    expect(file.tensors.map(t => t.name)).toEqual([
      'scalar',
      'empty',
      'ä "quoted"\n',
      'other',
      'half',
      'bytes',
      'nibbles',
    ]);
  });

  test('no tensors and no metadata is a file too', async () => {
    expect((await readBack([])).file).toMatchObject({ tensors: [], metadata: {} });
    expect((await readBack([], { scheme: 'int8' })).file.metadata).toEqual({ scheme: 'int8' });
  });

  test('a header that no reader would take is refused', () => {
    const metadata = { long: 'x'.repeat(100_000_000) };
    expect(() => safetensorsLayout([], metadata)).toThrow(/over the limit of 100000000/);
  });
});
