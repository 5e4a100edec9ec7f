import { expect, test } from 'vitest';
import { ggmlBlocks, ggmlDecoder } from '../../../src/checkpoints/ggml';
import { dtypes, type KnownDType } from '../../../src/formats/dtype';
import { ggmlStored } from '../../../src/quant/ggml/types';

test('each dtype that is stored in blocks is a type of ggml, of the same size, and has a decoder', () => {
  const inBlocks = Object.entries(dtypes).filter(([, { block }]) => block);
  expect(inBlocks.length).toBe(ggmlStored.length);
  for (const [dtype, { block, bits }] of inBlocks) {
    const { name, blockSize, bytesPerBlock } = ggmlBlocks(dtype as KnownDType)!;
    expect([name, { size: blockSize, bytes: bytesPerBlock }]).toEqual([dtype.toLowerCase(), block]);
    expect(bits * blockSize).toBe(8 * bytesPerBlock);
    const out = new Float32Array(2 * blockSize).fill(7);
    ggmlDecoder(dtype as KnownDType)!(new Uint8Array(2 * bytesPerBlock), 0, out);
    expect(out.every(x => Math.abs(x) < 1e-30)).toBe(true);
  }
});

test('tiles of 1024 are whole blocks of each', () => {
  for (const { blockSize } of ggmlStored) expect(1024 % blockSize).toBe(0);
});

test('other dtypes are not decoded here', () => {
  for (const dtype of ['F32', 'F4', 'U8', 'unknown type 99'] as const)
    expect(ggmlDecoder(dtype)).toBeUndefined();
});
