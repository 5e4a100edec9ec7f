import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decoderFor, type RealDType } from '../../../src/formats/decode';
import { dtypes } from '../../../src/formats/dtype';
import { encoderFor } from '../../../src/formats/encode';

const numpy = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/golden/float16.json'), 'utf8'),
) as { float32: number[]; float16: number[] };

function decode(dtype: RealDType, bytes: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count);
  decoderFor(dtype, 'little')(bytes, 0, out);
  return out;
}

/** Every code of a dtype of whole bytes, once. */
function allCodes(dtype: RealDType): Uint8Array {
  if (dtypes[dtype].bits === 8) return Uint8Array.from({ length: 256 }, (_, i) => i);
  return new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
}

const wholeBytes = ['F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ', 'F8_E8M0', 'F16', 'BF16'];

describe.each(wholeBytes as RealDType[])('%s', dtype => {
  const bytesPerElement = dtypes[dtype].bits / 8;
  const codes = allCodes(dtype);
  const values = decode(dtype, codes, codes.length / bytesPerElement);
  const codeAt = (bytes: Uint8Array, i: number) =>
    bytes
      .slice(i * bytesPerElement, (i + 1) * bytesPerElement)
      .reduceRight((a, b) => a * 256 + b, 0);

  test('every finite code comes back, -0 too', () => {
    const back = encoderFor(dtype)(values);
    const wrong = [...values.keys()].filter(
      i => Number.isFinite(values[i]) && codeAt(back, i) !== codeAt(codes, i),
    );
    expect(wrong).toEqual([]);
    expect(back.length).toBe(codes.length);
  });

  test('a NaN stays one, infinities become the largest finite value', () => {
    const largest = values.reduce((a, v) => (v > a && v < Infinity ? v : a), 0);
    const lowest = dtype === 'F8_E8M0' ? 2 ** -127 : -largest;
    const odd = Float32Array.of(NaN, Infinity, -Infinity, 3.4e38, -3.4e38);
    const back = decode(dtype, encoderFor(dtype)(odd), 5);
    const top = dtype === 'BF16' ? largest : Math.min(largest, 3.4e38);
    expect([...back]).toEqual([NaN, top, lowest, top, lowest]);
  });
});

/** The nearest of all finite values of a small dtype, a tie to the even code: tried one by one. */
function nearest(values: Float32Array, far: number): number {
  const finite = values.filter(Number.isFinite);
  // Within the range distances are exact.
  const x = Math.max(Math.min(far, Math.max(...finite)), Math.min(...finite));
  let best = -1;
  values.forEach((v, code) => {
    if (!Number.isFinite(v) || (Object.is(v, -0) && !(x < 0 || Object.is(x, -0)))) return;
    if (
      v === 0 &&
      Object.is(v, 0) &&
      (x < 0 || Object.is(x, -0)) &&
      values.some(w => Object.is(w, -0))
    )
      return;
    const distance = Math.abs(x - v);
    const least = best < 0 ? Infinity : Math.abs(x - values[best]!);
    if (distance < least || (distance === least && code % 2 === 0)) best = code;
  });
  return best;
}

describe('the nearest value, a tie to the even code', () => {
  const spread = (values: Float32Array) => {
    const finite = [...values].filter(Number.isFinite).sort((a, b) => a - b);
    const middles = finite.slice(1).map((v, i) => Math.fround((v + finite[i]!) / 2));
    const sides = middles.flatMap(m => [
      Math.fround(m * (1 - 2 ** -20)),
      Math.fround(m * (1 + 2 ** -20)),
    ]);
    return Float32Array.of(...middles, ...sides, 0, -0, 1e-44, -1e-44, 1e6, -1e6);
  };

  test.each(wholeBytes.slice(0, 5) as RealDType[])('%s', dtype => {
    const values = decode(dtype, allCodes(dtype), 256);
    const tried = spread(values);
    expect([...encoderFor(dtype)(tried)]).toEqual(Array.from(tried, x => nearest(values, x)));
  });

  test.each(['F4', 'F6_E2M3', 'F6_E3M2'] as const)('%s, packed in pieces of any length', dtype => {
    const { bits } = dtypes[dtype];
    const values = Float32Array.from({ length: 2 ** bits }, (_, code) => {
      return decode(dtype, Uint8Array.of(code, 0), 1)[0]!;
    });
    const tried = spread(values);
    const whole = Float32Array.of(...values, ...tried, ...new Float32Array(8 - (tried.length % 8)));
    const encode = encoderFor(dtype);
    const parts: number[] = [];
    for (let at = 0, length = 0; at < whole.length; at += length, length = (length + 3) % 7)
      parts.push(...encode(whole.subarray(at, at + length)));
    expect(parts.length).toBe((whole.length * bits) / 8);
    const back = decode(dtype, Uint8Array.from(parts), whole.length);
    expect([...back]).toEqual(Array.from(whole, x => values[nearest(values, x)]!));
  });

  test('float16 as numpy has it, but saturating', () => {
    const values = new Float32Array(Uint32Array.from(numpy.float32).buffer);
    const bytes = encoderFor('F16')(values);
    const saturated = numpy.float16.map(c => ((c & 0x7fff) === 0x7c00 ? c - 1 : c));
    expect([...new Uint16Array(bytes.buffer)]).toEqual(saturated);
  });

  test('bfloat16: of the two values around x the nearer, else the even one', () => {
    const words = Uint32Array.from({ length: 20_000 }, (_, i) => {
      const word = Math.imul(i, 0x9e3779b1) >>> 0;
      return i % 3 === 0 ? ((word & 0xffff0000) | 0x8000) >>> 0 : word; // a third are ties
    }).filter(w => (w & 0x7f800000) < 0x7f000000);
    const values = new Float32Array(words.buffer);
    const bfloat = (half: number) => new Float32Array(Uint32Array.of(half << 16).buffer)[0]!;
    const expected = Array.from(values, (x, i) => {
      const inner = words[i]! >>> 16;
      const difference = Math.abs(x - bfloat(inner)) - Math.abs(bfloat(inner + 1) - x);
      return difference < 0 || (difference === 0 && inner % 2 === 0) ? inner : inner + 1;
    });
    expect([...new Uint16Array(encoderFor('BF16')(values).buffer)]).toEqual(expected);
  });
});

test('wide floats and integers are little-endian', () => {
  expect([...encoderFor('F32')([1.5, -2])]).toEqual([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
  expect([...encoderFor('F64')(Float32Array.of(0.5))]).toEqual([0, 0, 0, 0, 0, 0, 0xe0, 0x3f]);
  expect([...encoderFor('I8')(Int32Array.of(-128, 127))]).toEqual([0x80, 0x7f]);
  expect([...encoderFor('U8')(Int32Array.of(0, 255))]).toEqual([0, 255]);
  expect([...encoderFor('U16')(Int32Array.of(0x1234))]).toEqual([0x34, 0x12]);
  expect([...encoderFor('I32')([-2])]).toEqual([0xfe, 0xff, 0xff, 0xff]);
  expect(() => encoderFor('C64')).toThrow(TypeError);
});
