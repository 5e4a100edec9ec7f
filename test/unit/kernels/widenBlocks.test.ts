import { expect, test } from 'vitest';
import { isWidened } from '../../../src/kernels/widen';
import { ggmlStored } from '../../../src/quant/ggml/types';
import { builtKernels } from './built';
import { lengths, randomFrom } from './values';

const kernels = builtKernels();
/** Those with a kernel, and where in a block they have a float16. */
const halfAt = {
  ...{ Q4_0: 0, Q4_1: 0, Q5_0: 0, Q5_1: 2, Q8_0: 0, IQ4_NL: 0, IQ4_XS: 0, MXFP4: 0 },
  ...{ Q2_K: 80, Q3_K: 108, Q4_K: 2, Q5_K: 0, Q6_K: 208 },
} as const;
const dtypes = Object.keys(halfAt) as (keyof typeof halfAt)[];
const blocksOf = (dtype: string) => ggmlStored.find(t => t.name === dtype.toLowerCase())!;

/** Bytes of all kinds: float16 scales of any bits among them, also NaN, infinite, subnormal and of both signs of zero. */
function someBytes(length: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** Bits, with every NaN alike. */
function bitsOf(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return bits.map((b, i) => (Number.isNaN(values[i]) ? 0x7fc00000 : b));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function check(dtype: (typeof dtypes)[number], bytes: Uint8Array, count: number): void {
  const { blockSize, bytesPerBlock, dequantize } = blocksOf(dtype);
  const wanted = new Float32Array(count * blockSize);
  dequantize(bytes.subarray(0, count * bytesPerBlock), wanted);
  const out = kernels.floats(wanted.length);
  kernels.widen(dtype, bytes, out);
  // Half a million values: comparing them one by one is slow.
  const different = Buffer.compare(bytesOf(bitsOf(out)), bytesOf(bitsOf(wanted)));
  expect([count, different]).toEqual([count, 0]);
}

test.each(dtypes)('%s: random blocks, any number of them, from any address', dtype => {
  expect(isWidened(dtype)).toBe(true);
  const { bytesPerBlock } = blocksOf(dtype);
  for (const count of lengths.filter(n => n < 300)) {
    const bytes = someBytes(count * bytesPerBlock, count);
    check(dtype, bytes, count);
    // Bytes of the kernels' own memory, at an odd address.
    const own = kernels.bytes(bytes.length, 3);
    own.set(bytes);
    check(dtype, own, count);
  }
});

test.each(dtypes)('%s: every float16 as scale', dtype => {
  const { bytesPerBlock } = blocksOf(dtype);
  const count = 4096;
  const bytes = someBytes(count * bytesPerBlock, 1);
  const view = new DataView(bytes.buffer);
  for (let half = 0; half < 65536; half += count) {
    for (let i = 0; i < count; i++)
      view.setUint16(i * bytesPerBlock + halfAt[dtype], half + i, true);
    check(dtype, bytes, count);
  }
});

test.each(dtypes)('%s: nothing is written behind the end', dtype => {
  const { blockSize, bytesPerBlock } = blocksOf(dtype);
  const out = kernels.floats(3 * blockSize + 1).fill(7);
  kernels.widen(dtype, new Uint8Array(3 * bytesPerBlock), out.subarray(0, 3 * blockSize));
  expect([...out.subarray(3 * blockSize - 1)].map(Math.abs)).toEqual([0, 7]);
});

test('only whole blocks, and as many bytes as they have', () => {
  const half = kernels.floats(16);
  expect(() => kernels.widen('Q4_0', new Uint8Array(18), half)).toThrow(RangeError);
  const two = kernels.floats(64);
  expect(() => kernels.widen('Q8_0', new Uint8Array(67), two)).toThrow(RangeError);
});
