import { expect, test } from 'vitest';
import { decoderFor } from '../../../src/formats/decode';
import { isWidened, type WidenedDType } from '../../../src/kernels/widen';
import { builtKernels } from './built';
import { lengths } from './values';

const kernels = builtKernels();
const dtypes = ['BF16', 'F16', 'F8_E4M3', 'F8_E5M2', 'I8', 'U8', 'I16', 'U16'] as const;
const width = (dtype: WidenedDType) => (dtype.includes('16') ? 2 : 1);

/** All patterns of a dtype, little-endian. */
function allPatterns(dtype: WidenedDType): Uint8Array {
  if (width(dtype) === 1) return Uint8Array.from({ length: 256 }, (_, i) => i);
  return Uint8Array.from({ length: 2 * 65536 }, (_, i) => (i % 2 === 0 ? i >> 1 : i >> 9));
}

/** Bits, with every NaN alike where a dtype does not promise more. */
function bitsOf(values: Float32Array, dtype: WidenedDType): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length).slice();
  if (dtype === 'BF16') return bits;
  return bits.map((b, i) => (Number.isNaN(values[i]) ? 0x7fc00000 : b));
}

function check(dtype: WidenedDType, bytes: Uint8Array, length: number): void {
  const wanted = new Float32Array(length);
  decoderFor(dtype, 'little')(bytes, 0, wanted);
  const out = kernels.floats(length);
  kernels.widen(dtype, bytes, out);
  expect(bitsOf(out, dtype)).toEqual(bitsOf(wanted, dtype));
}

test.each(dtypes)('%s: every pattern', dtype => {
  expect(isWidened(dtype)).toBe(true);
  const bytes = allPatterns(dtype);
  check(dtype, bytes, bytes.length / width(dtype));
});

test.each(dtypes)('%s: every length, from any address, and nothing behind the end', dtype => {
  const patterns = allPatterns(dtype);
  for (const length of lengths) {
    const bytes = Uint8Array.from(
      { length: 8200 },
      (_, i) => patterns[(i * 37) % patterns.length]!,
    );
    check(dtype, bytes.subarray(0, width(dtype) * length), length);
    // Bytes of the kernels' own memory, at an odd address.
    const own = kernels.bytes(8200, 3);
    own.set(bytes);
    check(dtype, own.subarray(0, width(dtype) * length), length);
    const out = kernels.floats(length + 1).fill(7);
    kernels.widen(dtype, own, out.subarray(0, length));
    expect(out[length]).toBe(7);
  }
});

test('refuses bytes that are too few, and values that are not its own', () => {
  expect(() => kernels.widen('BF16', new Uint8Array(3), kernels.floats(2))).toThrow(RangeError);
  expect(() => kernels.widen('BF16', new Uint8Array(4), new Float32Array(2))).toThrow(TypeError);
  expect(isWidened('F32')).toBe(false);
});
