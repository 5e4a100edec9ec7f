import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BlockFormat } from '../../../../src/quant/blockFormat';
import { ggmlTypes } from '../../../../src/quant/ggml/types';
import { expected, reference } from '../reference';
import { ggufTensors } from './ggufFile';

const folder = path.resolve(import.meta.dirname, '../../../fixtures/golden');
const read = (name: string) => new Uint8Array(readFileSync(path.join(folder, name)));

const gguf = read('ggml-types.gguf');
const tensors = ggufTensors(gguf);
const originals = float32Tensors(read('ggml-types.original.safetensors'));
const decoded = float32Tensors(read('ggml-types.expected.safetensors'));

/** A safetensors file's tensors by the type in their names, `blk.0.TYPE.weight`. */
function float32Tensors(bytes: Uint8Array): Map<string, Float32Array> {
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name.split('.')[2]!, new Float32Array(bytes.slice(start + from, start + to).buffer)],
    ),
  );
}

/** The tensor of a type as ggml wrote it. */
function golden({ name, blockSize, bytesPerBlock }: BlockFormat) {
  const tensor = [...tensors].find(([key]) => key.split('.')[2] === name)![1];
  const original = originals.get(name)!;
  const byteLength = (original.length / blockSize) * bytesPerBlock;
  const blocks = gguf.slice(tensor.offset, tensor.offset + byteLength);
  return { blocks, original, expected: decoded.get(name)!, shape: tensor.shape };
}

function quantized(format: BlockFormat, values: Float32Array): Uint8Array {
  const blocks = new Uint8Array((values.length / format.blockSize) * format.bytesPerBlock);
  format.quantize(values, blocks);
  return blocks;
}

function dequantized(format: BlockFormat, blocks: Uint8Array): Float32Array {
  const out = new Float32Array((blocks.length / format.bytesPerBlock) * format.blockSize);
  format.dequantize(blocks, out);
  return out;
}

function codesIn(format: BlockFormat, blocks: Uint8Array): Int32Array {
  const codes = new Int32Array((blocks.length / format.bytesPerBlock) * format.blockSize);
  format.codesOf(blocks, codes);
  return codes;
}

function paramsIn(format: BlockFormat, blocks: Uint8Array) {
  const count = (blocks.length / format.bytesPerBlock) * (format.blockSize / format.subBlockSize);
  const scales = new Float32Array(count);
  const zeroPoints = new Float32Array(count);
  format.paramsOf(blocks, scales, zeroPoints);
  return { scales, zeroPoints };
}

/** The bits of floats: equal where -0 and 0 are told apart. */
const bitsOf = (x: Float32Array) => new Uint32Array(x.buffer, x.byteOffset, x.length);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Words of xorshift32 from seed 1, as signed numbers. */
function* words(): Generator<number, never> {
  for (let word = 1; ; ) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    yield word;
  }
}

/** Bell-shaped values of about 0.01, then as many of every magnitude a float32 has, 16 at a time of one. */
function bellsAndExtremes(): Float32Array {
  const source = words();
  const next = () => source.next().value;
  const half = 256 * 64;
  const values = new Float32Array(2 * half);
  for (let i = 0; i < half; i++) values[i] = (next() + next() + next() + next()) / 2 ** 37;
  for (let i = half, exponent = 0; i < 2 * half; i++) {
    if (i % 16 === 0) exponent = ((next() >>> 0) % 277) - 149;
    values[i] = (next() / 2 ** 31) * 2 ** exponent;
  }
  return values;
}

/** Made by ggml commit d99724f2 from `bellsAndExtremes`: ggml-quants.c, gcc 12.2 -O3 -DNDEBUG, x86-64 without FMA. */
const hashes: Readonly<Record<string, string>> = {
  q4_0: '97262203874c52997807ff0bb07f430f7be5e06a5f64bae5883832c18f67f972',
  q4_1: 'cfc9ee9227e484aae8804bdb7a17b5098b69e50e9842b2f3fa574056e62eb188',
  q5_0: '6f61a977f689911051d39ce36e52439d5be13cc178deee694d1864e1d1c1adbd',
  q5_1: '29a675dafd5a6acce6dc610f2cfd684f3f6b3aa1abfc34d0d14ddecb509e912e',
  q8_0: '5a66eca59d97f5618fde998e678389eb5bfdb8de7302e4845bb1804d4e52af93',
  q2_k: 'f5086076d482d387363c561802e0d7296b14c498e4a3b884dbedcc62893c144f',
  q3_k: 'a170355581b3a0c6cdf15f06ee93be4a877cbda8d892ae19a0bd5d9c8746b0bf',
  q4_k: '94daba9e8ff9c7f2403a6917f1d2e99b13518d2e04d887004ef65773f29994ed',
  q5_k: '1838738d9f8e598c9825a22a6caf7c3dcd60289c9c0771dafa9af58e57cde515',
  q6_k: 'e9fdfb8bfb395ae5c85533c9455af6225e18cc29aa0ac3811c79cb16d7d49014',
  iq4_nl: '6fc3e2b97422bc2a88c09a55e94ec8c93623b50155070f9188b7a981e3b6c7c1',
  iq4_xs: '2781157dbb569c932af24730b749045933d399ddd4669c275b4fef1af1e258d4',
  tq1_0: '6fec89e9495ccb26d555a9897b002888587882468bbba4142ec940559f789231',
  tq2_0: '457192de8997d5111bd3ea807aa4e002d3da4e0792163cd16e5918483e56fa60',
};
const input = bellsAndExtremes();

test('the input of the hashes is the one that ggml was given', () => {
  expect(sha256(new Uint8Array(input.buffer))).toBe(
    'df38337de02efcd50f987d0719d7b63f35b8c2c1e7ff37c508274ca03e01241e',
  );
});

test('fourteen types, named and sized as in ggml', () => {
  expect(ggmlTypes.map(t => [t.name, (8 * t.bytesPerBlock) / t.blockSize])).toEqual([
    ['q4_0', 4.5],
    ['q4_1', 5],
    ['q5_0', 5.5],
    ['q5_1', 6],
    ['q8_0', 8.5],
    ['q2_k', 2.625],
    ['q3_k', 3.4375],
    ['q4_k', 4.5],
    ['q5_k', 5.5],
    ['q6_k', 6.5625],
    ['iq4_nl', 4.5],
    ['iq4_xs', 4.25],
    ['tq1_0', 1.6875],
    ['tq2_0', 2.0625],
  ]);
});

describe.each(ggmlTypes.map(t => [t.name, t] as const))('%s', (name, format) => {
  const { first, count } = format.codes;
  const inRange = (codes: Int32Array) => codes.every(q => q >= first && q < first + count);

  test('quantizes to the bytes of a GGUF that ggml wrote', () => {
    const { original, blocks, shape } = golden(format);
    expect(shape).toEqual([256, 8]);
    expect(quantized(format, original)).toEqual(blocks);
  });

  test('decodes to the float32 values of ggml', () => {
    const { blocks, expected } = golden(format);
    expect(bitsOf(dequantized(format, blocks))).toEqual(bitsOf(expected));
  });

  test('quantizes values of every magnitude to the bytes of ggml', () => {
    expect(sha256(quantized(format, input))).toBe(hashes[name]);
  });

  test('codes and parameters tell the decoded values', () => {
    const { blocks, expected } = golden(format);
    const codes = codesIn(format, blocks);
    const { scales, zeroPoints } = paramsIn(format, blocks);
    expect(inRange(codes)).toBe(true);
    for (const [i, q] of codes.entries()) {
      const j = Math.floor(i / format.subBlockSize);
      const level = name.startsWith('iq4') ? iq4Levels[q]! : q;
      // What is left are the rounding of z to float32 and the decoder's own roundings.
      const unit = Math.abs(scales[j]!) * (Math.abs(level) + Math.abs(zeroPoints[j]!));
      const difference = (level - zeroPoints[j]!) * scales[j]! - expected[i]!;
      expect(Math.abs(difference)).toBeLessThanOrEqual(unit * 2 ** -22);
    }
  });

  test('zeros stay zeros', () => {
    const blocks = quantized(format, new Float32Array(256));
    expect(dequantized(format, blocks).every(x => x === 0)).toBe(true);
    const { scales, zeroPoints } = paramsIn(format, blocks);
    expect(scales.every(s => s === 0)).toBe(true);
    expect([...zeroPoints].every(z => z === 0)).toBe(true);
  });

  test.each([3.7, -3.7])('a block of %d alone keeps it to the precision of float16', value => {
    const out = dequantized(format, quantized(format, new Float32Array(256).fill(value)));
    for (const x of out) expect(Math.abs(x / value - 1)).toBeLessThanOrEqual(2 ** -10);
  });

  test('values up to 65504 of every magnitude decode to finite values', () => {
    const values = input.map(x => Math.max(-65504, Math.min(x, 65504)));
    const blocks = quantized(format, values);
    expect(inRange(codesIn(format, blocks))).toBe(true);
    expect(dequantized(format, blocks).every(Number.isFinite)).toBe(true);
  });

  test('a scale too large for float16 is stored as infinity, and the block decodes to no number', () => {
    const values = new Float32Array(256).map((_, i) => [1e9, -9e8, 0, 1][i % 4]!);
    const blocks = quantized(format, values);
    expect(inRange(codesIn(format, blocks))).toBe(true);
    expect(dequantized(format, blocks).some(Number.isFinite)).toBe(false);
  });

  test('values whose squares overflow decode to no number or to zero', () => {
    const values = new Float32Array(256).map((_, i) => [3e38, -3e38, 0, 1, -3.4e38][i % 5]!);
    const blocks = quantized(format, values);
    expect(inRange(codesIn(format, blocks))).toBe(true);
    expect(dequantized(format, blocks).every(x => x === 0 || !Number.isFinite(x))).toBe(true);
  });

  test('any bytes have codes in range, wherever they lie', () => {
    const source = words();
    const bytes = Uint8Array.from({ length: 256 * 34 + 1 }, () => source.next().value);
    const blockCount = Math.floor((256 * 34) / format.bytesPerBlock);
    const blocks = bytes.subarray(1, 1 + blockCount * format.bytesPerBlock);
    const codes = codesIn(format, blocks);
    expect(inRange(codes)).toBe(true);
    expect(codesIn(format, blocks.slice())).toEqual(codes);
  });
});

const iq4Levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** gguf-py's figures on all rows of the reference, in file order. */
interface Figures {
  readonly sha256: string;
  readonly bytes: number;
  readonly mse: number;
  readonly maxerr: number;
}

describe.each(['Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'TQ1_0', 'TQ2_0'])('gguf-py %s', type => {
  const format = ggmlTypes.find(t => t.name === type.toLowerCase())!;
  const figures = expected[`gguf.${type}`] as Figures;
  const blocks = quantized(format, reference);

  test('bytes', () => {
    expect(blocks.length).toBe(figures.bytes);
    expect(sha256(blocks)).toBe(figures.sha256);
  });

  test('errors', () => {
    let squares = 0;
    let worst = 0;
    for (const [i, x] of dequantized(format, blocks).entries()) {
      squares += (reference[i]! - x) ** 2;
      worst = Math.max(worst, Math.abs(reference[i]! - x));
    }
    expect(Math.abs(squares / reference.length / figures.mse - 1)).toBeLessThan(1e-5);
    expect(Math.abs(worst / figures.maxerr - 1)).toBeLessThan(1e-5);
  });
});
