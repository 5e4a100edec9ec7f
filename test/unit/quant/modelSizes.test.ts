import { expect, test } from 'vitest';
import {
  modelSizes,
  modelSizeUnder,
  type SizedTensor,
  trainingBytes,
} from '../../../src/quant/modelSizes';
import { parseScheme } from '../../../src/quant/schemeText';

const weight = (rows: number, cols: number): SizedTensor => ({
  matrix: { rows, cols },
  byteLength: 2 * rows * cols,
  kind: 'weight',
});
const norm: SizedTensor = { matrix: { rows: 1, cols: 300 }, byteLength: 1200, kind: 'vector' };
const mask: SizedTensor = { matrix: { rows: 8, cols: 8 }, byteLength: 64, kind: 'other' };

test('weights, norms and the rest in each form', () => {
  expect(modelSizes([weight(200, 300), norm, mask])).toEqual({
    present: 120_000 + 1200 + 64,
    fp32: 240_000 + 1200 + 64,
    fp16: 120_000 + 600 + 64,
    bf16: 120_000 + 600 + 64,
    // One scale, one for each row, three for each row of 128 + 128 + 44.
    fp8: 60_000 + 4 + 600 + 64,
    int8: 60_000 + 4 * 200 + 600 + 64,
    int4: 30_000 + 4 * 3 * 200 + 600 + 64,
  });
});

test('codes of less than a byte fill whole bytes', () => {
  expect(modelSizes([weight(1, 3)]).int4).toBe(2 + 4);
});

test('tensors without elements, and no tensors', () => {
  const empty = { ...weight(0, 5), byteLength: 0 };
  for (const size of Object.values(modelSizes([empty]))) expect(size).toBe(0);
  for (const size of Object.values(modelSizes([]))) expect(size).toBe(0);
});

test('under a scheme, what it cannot be laid over stays in 16 bits', () => {
  // 144 bytes for 256 weights.
  expect(modelSizeUnder(parseScheme('q4_k'), [weight(4, 512), norm, mask])).toBe(
    8 * 144 + 600 + 64,
  );
  expect(modelSizeUnder(parseScheme('q4_k'), [weight(4, 100)])).toBe(800);
  expect(modelSizeUnder(parseScheme('bf16'), [weight(4, 100)])).toBe(800);
});

test('7 billion parameters take 112 GB to train', () => {
  const { total, ...parts } = trainingBytes(7e9);
  expect(total).toBe(112e9);
  expect(parts).toEqual({
    weights: 14e9,
    gradients: 14e9,
    master: 28e9,
    momentum: 28e9,
    variance: 28e9,
  });
});
