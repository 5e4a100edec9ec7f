import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { KernelExports } from '../../../src/kernels/exports';
import { type GgmlExports, type GgmlKernel, ggmlKernel } from '../../../src/kernels/ggml';
import { KernelMemory } from '../../../src/kernels/memory';
import type { BlockFormat } from '../../../src/quant/blockFormat';
import { addErrors, type ErrorSums, noErrors } from '../../../src/quant/errorSums';
import { ggmlTypes } from '../../../src/quant/ggml/types';
import type { SegmentTotals } from '../../../src/quant/run/engine';

const { buildKernels } = createRequire(import.meta.url)('../../../esbuild.js') as {
  buildKernels: () => string;
};
const module = new WebAssembly.Module(new Uint8Array(readFileSync(buildKernels())));

function loaded() {
  const wasm = new WebAssembly.Instance(module).exports as unknown as KernelExports & GgmlExports;
  const memory = new KernelMemory(wasm.memory, wasm.heapBase());
  return { wasm, memory };
}

const { wasm, memory } = loaded();
const pairs = ggmlTypes.flatMap(plain => {
  const fast = ggmlKernel(wasm, memory, plain);
  return fast ? [[plain.name, plain, fast] as const] : [];
});

/** Words of xorshift32, as fractions of [-1, 1). */
function fractions(seed: number): () => number {
  let word = seed;
  return () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word / 2 ** 31;
  };
}

/** Sets of weights by name: `count` numbers each, finite in float32. */
function distributions(count: number): ReadonlyMap<string, Float32Array> {
  const next = fractions(20261124);
  const bell = () => next() + next() + next() + next();
  const heavy = () => bell() / Math.max(1e-4, Math.abs(next()));
  const each = (make: (i: number) => number) =>
    Float32Array.from({ length: count }, (_, i) => make(i));
  const power = new Float32Array(count / 16).map(() => Math.round(next() * 130) - 7);
  const wide = new Float32Array(count / 16).map(() => Math.round(next() * 138) - 11);
  const runs = new Float32Array(count / 32).map(bell);
  return new Map([
    ['gaussian', each(() => 0.02 * bell())],
    ['heavy tails', each(() => 0.01 * heavy())],
    ['positive', each(() => Math.abs(bell()))],
    ['negative, far from 0', each(() => -1 - Math.abs(bell()))],
    ['a narrow band', each(() => 3 + 1e-6 * bell())],
    ['constants', each(i => runs[i >> 5]!)],
    ['zeros of both signs', each(() => (next() > 0 ? 0 : -0))],
    ['mostly zeros', each(() => (next() > 0.9 ? bell() : 0))],
    ['a lattice with ties', each(() => Math.round(4 * next()) / 4)],
    ['two values', each(() => (next() > 0 ? 0.5 : -0.5))],
    ['one outlier in 300', each(i => (i % 300 === 7 ? 1e4 * bell() : bell()))],
    ['every magnitude by sixteens', each(i => bell() * 2 ** power[i >> 4]! * 0.2)],
    ['subnormals and beyond', each(i => next() * 2 ** wide[i >> 4]!)],
    ['every magnitude mixed', each(() => next() * 2 ** Math.round(next() * 127))],
    ['subnormals', each(() => Math.round(40 * next()) * 2 ** -149)],
    ['small', each(() => bell() * 2 ** Math.round(next() * 20 - 60))],
    ['huge', each(i => [3e38, -3e38, 0, 1, -3.4e38][(i + Math.round(2 * next() + 2)) % 5]!)],
    ['beyond float16', each(() => 1e9 * bell())],
  ]);
}

const sets = distributions(12_288);

type Numbers = Float32Array | Int32Array | Uint8Array;

/** Place of the first difference, told as a failure; 0 and -0 differ, all NaN are alike. */
function expectSame(found: Numbers, wanted: Numbers): void {
  expect(found.length).toBe(wanted.length);
  const place = wanted.findIndex((x: number, i: number) => !Object.is(x, found[i]));
  if (place !== -1) expect([place, found[place]]).toEqual([place, wanted[place]]);
}

/** What the plain format makes of values. */
function plainly(plain: BlockFormat, values: Float32Array) {
  const { blockSize, bytesPerBlock, subBlockSize } = plain;
  const blocks = new Uint8Array((values.length / blockSize) * bytesPerBlock);
  const results = new Float32Array(values.length);
  const codes = new Int32Array(values.length);
  const scales = new Float32Array(values.length / subBlockSize);
  const zeroPoints = new Float32Array(values.length / subBlockSize);
  plain.quantize(values, blocks);
  plain.dequantize(blocks, results);
  plain.codesOf(blocks, codes);
  plain.paramsOf(blocks, scales, zeroPoints);
  return { blocks, results, codes, scales, zeroPoints };
}

type Encoded = ReturnType<typeof plainly>;

function expectEqual(fast: GgmlKernel, values: Float32Array, wanted: Encoded): void {
  const found = fast.encode(values);
  expectSame(found.blocks, wanted.blocks);
  expectSame(found.codes, wanted.codes);
  expectSame(found.results, wanted.results);
  expectSame(found.scales, wanted.scales);
  expectSame(found.zeroPoints, wanted.zeroPoints);
}

/** `addErrors` of the specification, of values of which a plain format made this. */
function plainErrors(size: number, values: Float32Array, encoded: Encoded): ErrorSums {
  const { results, codes, scales } = encoded;
  const sums = noErrors();
  const clipped = new Uint8Array(values.length);
  const scaleOf = Float32Array.from(values, (_, i) => scales[Math.floor(i / size)]! || Number.NaN);
  const piece = { index: 0, values, codes, results, clipped, scales: scaleOf, kept: null };
  addErrors(piece, 0, values.length, sums);
  return sums;
}

function expectTotals(plain: BlockFormat, totals: SegmentTotals, wanted: Encoded): void {
  expectSame(totals.scales, wanted.scales);
  expectSame(Float32Array.from(totals.zeroPoints), wanted.zeroPoints);
  const counts = new Array<number>(plain.codes.count).fill(0);
  for (const q of wanted.codes) counts[q - plain.codes.first]!++;
  expect(Array.from(totals.codeCounts)).toEqual(counts);
}

function expectClose(found: ErrorSums, wanted: ErrorSums): void {
  for (const key of Object.keys(wanted) as (keyof ErrorSums)[]) {
    const [a, b] = [found[key], wanted[key]];
    const isCount = key === 'count' || key === 'clipped' || key === 'scaled';
    if (isCount || !Number.isFinite(b)) expect([key, a]).toEqual([key, b]);
    else expect(Math.abs(a - b), `${key} ${a} ${b}`).toBeLessThanOrEqual(Math.abs(b) * 2 ** -17);
  }
}

const original = new Uint8Array(
  readFileSync(
    path.resolve(import.meta.dirname, '../../fixtures/golden/ggml-types.original.safetensors'),
  ),
);

/** The tensor of a type in the golden file, which ggml quantized. */
function goldenOriginal(name: string): Float32Array {
  const start = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(original.subarray(8, start))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const entry = Object.entries(header).find(([key]) => key.split('.')[2] === name)!;
  const [from, to] = entry[1].data_offsets;
  return new Float32Array(original.slice(start + from, start + to).buffer);
}

test('there are kernels for five types, and none for others', () => {
  expect(pairs.map(([name]) => name).sort()).toEqual(['q2_k', 'q4_0', 'q4_k', 'q5_k', 'q8_0']);
});

test('the sets hold finite values, more than 200 000 of them', () => {
  let count = 0;
  for (const values of sets.values()) {
    expect(values.every(Number.isFinite)).toBe(true);
    count += values.length;
  }
  expect(count).toBeGreaterThan(200_000);
});

describe.each(pairs)('%s', (name, plain, fast) => {
  const { blockSize, subBlockSize } = plain;

  test('the golden originals become the same bytes, codes and values', () => {
    const values = goldenOriginal(name);
    expectEqual(fast, values, plainly(plain, values));
  });

  test.each([...sets])('%s', (_, values) => {
    const wanted = plainly(plain, values);
    const errors = plainErrors(subBlockSize, values, wanted);
    expectEqual(fast, values, wanted);
    const sums = noErrors();
    fast.addErrors(values, sums);
    expectClose(sums, errors);
    const totals = fast.totals(values)!;
    expectClose(totals.sums, errors);
    expectTotals(plain, totals, wanted);
  });

  test.each([0, 1, 2, 3, 7])('%i blocks', count => {
    const values = sets.get('gaussian')!.subarray(0, count * blockSize);
    const wanted = plainly(plain, values);
    expectEqual(fast, values, wanted);
    expectTotals(plain, fast.totals(values)!, wanted);
  });

  test('a cut block is refused', () => {
    expect(() => fast.encode(new Float32Array(blockSize + 1))).toThrow(RangeError);
    expect(fast.totals(new Float32Array(blockSize + 1))).toBeNull();
  });

  test.each([Number.NaN, Infinity, -Infinity])('there are no totals of %d', value => {
    for (let at = 0; at < blockSize; at++) {
      const values = new Float32Array(blockSize).fill(-3e38);
      values[at] = value;
      expect(fast.totals(values)).toBeNull();
    }
  });

  test('errors of a sample that cuts a block, with NaN and infinities in it', () => {
    const encoded = sets.get('gaussian')!.slice(0, 512);
    const wanted = plainly(plain, encoded);
    for (const length of [1, 2, 3, 15, 16, 17, 31, 33, 500, 511]) {
      const values = encoded.slice(0, length);
      for (let i = 0; i < length; i += 37) values[i] = [Number.NaN, Infinity, -Infinity][i % 3]!;
      fast.encode(encoded);
      const sums = noErrors();
      fast.addErrors(values, sums);
      expectClose(sums, plainErrors(subBlockSize, values, wanted));
    }
  });

  test('errors add up', () => {
    const values = sets.get('heavy tails')!.subarray(0, 1024);
    const sums = noErrors();
    for (const from of [0, 512]) {
      fast.encode(values.subarray(from, from + 512));
      fast.addErrors(values.subarray(from, from + 512), sums);
    }
    expectClose(sums, plainErrors(subBlockSize, values, plainly(plain, values)));
  });

  test('quantize takes any number of blocks, and values that lie in its memory', () => {
    const values = new Float32Array(4096 + 256).map((_, i) => Math.sin(i * i));
    const wanted = plainly(plain, values).blocks;
    const blocks = new Uint8Array(wanted.length);
    fast.format.quantize(values, blocks);
    expect(blocks).toEqual(wanted);
    const fresh = loaded();
    const other = ggmlKernel(fresh.wasm, fresh.memory, plain)!;
    const room = fresh.memory.scratch('own', 4 * values.length);
    const inside = fresh.memory.float32(room, values.length);
    inside.set(values);
    blocks.fill(0);
    other.format.quantize(inside, blocks);
    expect(blocks).toEqual(wanted);
  });

  test('values that lie in its memory are taken even where that has to grow', () => {
    const fresh = loaded();
    const { encode } = ggmlKernel(fresh.wasm, fresh.memory, plain)!;
    const length = 2 ** 16;
    const room = fresh.memory.scratch('own', 4 * length);
    // Nothing is left for the blocks.
    for (let left = 0; ; ) {
      left = fresh.memory.buffer.byteLength - fresh.memory.scratch(`filler ${left}`, 4096) - 4096;
      if (left < 4096) break;
    }
    const inside = fresh.memory.float32(room, length);
    inside.fill(1, length - 256);
    const { codes, blocks } = encode(inside);
    expect(inside.length).toBe(0);
    const last = plainly(plain, new Float32Array(256).fill(1));
    expect(codes.subarray(length - 256)).toEqual(last.codes);
    expect(blocks.subarray(blocks.length - last.blocks.length)).toEqual(last.blocks);
  });
});
