import { describe, expect, test } from 'vitest';
import { decoderFor, floatsFor, isReal, type RealDType } from '../../../src/formats/decode';
import { type DType, dtypes, type KnownDType } from '../../../src/formats/dtype';

/** A float's layout, and the codes that are not numbers, each written down from its specification. */
interface Spec {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  readonly nan: (magnitude: number, code: number) => boolean;
  readonly infinity?: number;
}

const never = () => false;
const specs: Partial<Record<DType, Spec>> = {
  F4: { exponent: 2, mantissa: 1, bias: 1, nan: never },
  F6_E2M3: { exponent: 2, mantissa: 3, bias: 1, nan: never },
  F6_E3M2: { exponent: 3, mantissa: 2, bias: 3, nan: never },
  F8_E4M3: { exponent: 4, mantissa: 3, bias: 7, nan: m => m === 0x7f },
  F8_E5M2: { exponent: 5, mantissa: 2, bias: 15, nan: m => m > 0x7c, infinity: 0x7c },
  F8_E4M3FNUZ: { exponent: 4, mantissa: 3, bias: 8, nan: (_, code) => code === 0x80 },
  F8_E5M2FNUZ: { exponent: 5, mantissa: 2, bias: 16, nan: (_, code) => code === 0x80 },
  F16: { exponent: 5, mantissa: 10, bias: 15, nan: m => m > 0x7c00, infinity: 0x7c00 },
  BF16: { exponent: 8, mantissa: 7, bias: 127, nan: m => m > 0x7f80, infinity: 0x7f80 },
};

/** The value of a code, digit by digit from its binary text. */
function valueOfCode(code: number, { exponent, mantissa, bias, nan, infinity }: Spec): number {
  const text = code.toString(2).padStart(1 + exponent + mantissa, '0');
  const sign = text[0] === '1' ? -1 : 1;
  const magnitude = Number.parseInt(text.slice(1), 2);
  if (nan(magnitude, code)) return Number.NaN;
  if (magnitude === infinity) return sign * Infinity;
  const e = Number.parseInt(text.slice(1, 1 + exponent), 2);
  let value = e === 0 ? 0 : 1;
  [...text.slice(1 + exponent)].forEach((digit, i) => {
    if (digit === '1') value += 0.5 ** (i + 1);
  });
  return sign * value * 2 ** (Math.max(e, 1) - bias);
}

function decode(
  dtype: RealDType,
  bytes: Uint8Array,
  count: number,
  order: 'little' | 'big' = 'little',
  bit = 0,
) {
  const out = floatsFor(dtype, count);
  decoderFor(dtype, order)(bytes, bit, out);
  return out;
}

/** The same bytes at an odd address. */
function unaligned(bytes: Uint8Array): Uint8Array {
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  return shifted.subarray(1);
}

/** Each element's bytes turned around. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)]!);
}

describe('8-bit formats: all 256 codes', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  test.each(['F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const)('%s', dtype => {
    const expected = Array.from(all, code => valueOfCode(code, specs[dtype]!));
    expect([...decode(dtype, all, 256)]).toEqual(expected);
  });

  test('F8_E8M0', () => {
    const out = decode('F8_E8M0', all, 256);
    expect(out[0]).toBe(5.877471754111438e-39);
    expect(out[127]).toBe(1);
    expect(out[254]).toBe(1.7014118346046923e38);
    expect(out[255]).toBeNaN();
    for (let i = 1; i < 255; i++) expect(out[i]).toBe(2 * out[i - 1]!);
  });

  test('integers and booleans', () => {
    expect([...decode('U8', all, 256)]).toEqual([...all]);
    expect([...decode('I8', all, 256)]).toEqual([...new Int8Array(all.buffer)]);
    expect([...decode('BOOL', all, 256)]).toEqual(Array.from(all, x => (x === 0 ? 0 : 1)));
  });
});

test.each([
  ['F8_E4M3', 0x7e, 448],
  ['F8_E4M3', 0x01, 2 ** -9],
  ['F8_E5M2', 0x7b, 57344],
  ['F8_E5M2', 0x01, 2 ** -16],
  ['F8_E4M3FNUZ', 0x7f, 240],
  ['F8_E4M3FNUZ', 0x01, 2 ** -10],
  ['F8_E5M2FNUZ', 0x7f, 57344],
  ['F8_E5M2FNUZ', 0x01, 2 ** -17],
] as const)('%s 0x%s is the published extreme', (dtype, code, value) => {
  expect(decode(dtype, Uint8Array.of(code), 1)[0]).toBe(value);
});

describe('formats smaller than a byte', () => {
  test('F4 has the low nibble first', () => {
    const out = decode('F4', Uint8Array.of(0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe), 16);
    expect([...out]).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6]);
  });

  test.each(['F4', 'F6_E2M3', 'F6_E3M2'] as const)('%s: all codes, from any element on', dtype => {
    const { bits } = dtypes[dtype];
    const codes = Array.from({ length: 2 ** bits * 2 }, (_, i) => (i * 7 + 3) % 2 ** bits);
    const text = codes.map(c => [...c.toString(2).padStart(bits, '0')].reverse().join('')).join('');
    const bytes = Uint8Array.from(text.match(/.{8}/g)!, b =>
      Number.parseInt([...b].reverse().join(''), 2),
    );
    for (let first = 0; first < 9; first++) {
      const bit = first * bits;
      const out = decode(dtype, bytes.subarray(bit >> 3), codes.length - first, 'little', bit & 7);
      expect([...out]).toEqual(codes.slice(first).map(c => valueOfCode(c, specs[dtype]!)));
    }
  });
});

describe('16-bit formats: all 65536 codes', () => {
  const all = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  test.each(['F16', 'BF16'] as const)('%s', dtype => {
    const expected = Float32Array.from({ length: 65536 }, (_, c) => valueOfCode(c, specs[dtype]!));
    expect(decode(dtype, all, 65536)).toEqual(expected);
    expect(decode(dtype, unaligned(all), 65536)).toEqual(expected);
    expect(decode(dtype, swapped(all, 2), 65536, 'big')).toEqual(expected);
  });

  test('I16, U16', () => {
    const signed = Float32Array.from({ length: 65536 }, (_, c) => (c < 32768 ? c : c - 65536));
    for (const bytes of [all, unaligned(all)]) {
      expect(decode('I16', bytes, 65536)).toEqual(signed);
      expect(decode('U16', bytes, 65536)).toEqual(
        Float32Array.from({ length: 65536 }, (_, c) => c),
      );
    }
    expect(decode('I16', swapped(all, 2), 65536, 'big')).toEqual(signed);
    expect(decode('U16', swapped(all, 2), 65536, 'big')[1]).toBe(1);
  });
});

describe('32 and 64-bit formats', () => {
  const floats = [
    0,
    -0,
    1,
    -1.5,
    3.4028234663852886e38,
    1.401298464324817e-45,
    Infinity,
    -Infinity,
    Number.NaN,
  ];
  const cases: [RealDType, number, Uint8Array, number[]][] = [
    ['F32', 4, new Uint8Array(Float32Array.from(floats).buffer), floats],
    [
      'F64',
      8,
      new Uint8Array(Float64Array.from([...floats, 5e-324, 1.1]).buffer),
      [...floats, 5e-324, 1.1],
    ],
    [
      'I32',
      4,
      new Uint8Array(Int32Array.of(0, -1, 2147483647, -2147483648, 16777217).buffer),
      [0, -1, 2147483647, -2147483648, 16777217],
    ],
    [
      'U32',
      4,
      new Uint8Array(Uint32Array.of(0, 4294967295, 16777217).buffer),
      [0, 4294967295, 16777217],
    ],
  ];
  test.each(cases)('%s', (dtype, size, bytes, expected) => {
    const count = expected.length;
    expect([...decode(dtype, bytes, count)]).toEqual(expected);
    expect([...decode(dtype, unaligned(bytes), count)]).toEqual(expected);
    expect([...decode(dtype, swapped(bytes, size), count, 'big')]).toEqual(expected);
    expect([...decode(dtype, unaligned(swapped(bytes, size)), count, 'big')]).toEqual(expected);
  });

  test('64-bit integers round to the nearest float64, ties to even', () => {
    const values = [
      0n,
      1n,
      -1n,
      2n ** 53n + 1n,
      2n ** 53n + 3n,
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      0x123456789abcdefn,
    ];
    const bytes = new Uint8Array(BigInt64Array.from(values).buffer);
    const expected = values.map(Number);
    expect([...decode('I64', bytes, values.length)]).toEqual(expected);
    expect([...decode('I64', unaligned(swapped(bytes, 8)), values.length, 'big')]).toEqual(
      expected,
    );
    const unsigned = [...values.map(v => BigInt.asUintN(64, v)), 2n ** 64n - 1n, 2n ** 63n + 1025n];
    const uBytes = new Uint8Array(BigUint64Array.from(unsigned).buffer);
    expect([...decode('U64', uBytes, unsigned.length)]).toEqual(unsigned.map(Number));
    expect([...decode('U64', swapped(uBytes, 8), unsigned.length, 'big')]).toEqual(
      unsigned.map(Number),
    );
  });
});

test('every dtype but complex ones and blocks has a decoder, and wide ones give float64', () => {
  for (const dtype of Object.keys(dtypes) as KnownDType[]) {
    if (!isReal(dtype)) continue;
    if (dtypes[dtype].block) {
      expect(() => decoderFor(dtype, 'little')).toThrow(TypeError);
      continue;
    }
    const out = decode(dtype, new Uint8Array(8), 1);
    expect(out).toBeInstanceOf(dtypes[dtype].wide ? Float64Array : Float32Array);
  }
  expect(isReal('C64') || isReal('C128') || isReal('unknown type 99')).toBe(false);
});
