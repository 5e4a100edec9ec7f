import { describe, expect, test } from 'vitest';
import { ggmlStored } from '../../../../src/quant/ggml/types';

/** Bytes without pattern, and float16 numbers that are neither huge nor NaN where scales are. */
function noise(length: number): Uint8Array {
  let state = 7;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) & 0x3f;
  });
}

describe('the bias of a sub-block is the value of code 0', () => {
  test.each(ggmlStored.filter(t => t.asymmetric).map(t => [t.name, t] as const))('%s', (_, t) => {
    const blocks = noise(50 * t.bytesPerBlock);
    const count = 50 * t.blockSize;
    const values = new Float32Array(count);
    const codes = new Int32Array(count);
    const bias = new Float32Array(count / t.subBlockSize);
    t.dequantize(blocks, values);
    t.codesOf(blocks, codes);
    t.biasOf!(blocks, bias);
    const zeros = Array.from(codes.keys()).filter(i => codes[i] === 0);
    expect(zeros.length).toBeGreaterThan(20);
    for (const i of zeros) expect(values[i]! + 0).toBe(bias[Math.floor(i / t.subBlockSize)]! + 0);
  });

  test('symmetric types have none', () => {
    for (const t of ggmlStored) expect(t.biasOf !== undefined).toBe(t.asymmetric);
  });
});
