import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TileMemory } from '../../../src/base/tile';
import { decoderFor, type RealDType } from '../../../src/formats/decode';
import { type DType, dtypes } from '../../../src/formats/dtype';
import {
  type EachPattern,
  isCountable,
  occurring,
  PatternCounter,
  type PatternCounts,
  valuesOf,
} from '../../../src/formats/patterns';
import { type OnBytes, type RowStream, streamRows } from '../../../src/formats/rows';
import { kernelEngine } from '../../../src/kernels/engine';
import { bytesSource } from '../countingSource';
import { builtKernels } from '../kernels/built';
import { entryOf, seeded } from './build';

const countable: readonly RealDType[] = [
  ...(['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0'] as const),
  ...(['F8_E4M3FNUZ', 'F8_E5M2FNUZ', 'I16', 'U16', 'F16', 'BF16'] as const),
];
const byteOrders = ['little', 'big'] as const;
type ByteOrder = (typeof byteOrders)[number];

let memory: TileMemory;
let room: (length: number, offset: number) => Uint8Array;
beforeAll(() => {
  const kernels = builtKernels();
  memory = kernelEngine(kernels).memory;
  room = (length, offset) => kernels.bytes(length, offset);
});

test('elements of 8 and 16 bits are countable, others are not', () => {
  const found = (Object.keys(dtypes) as DType[]).filter(dtype => isCountable({ dtype }));
  expect(found.toSorted()).toEqual(countable.toSorted());
});

/** A value by which to tell it from others: zeros by their sign, every NaN alike. */
function keyOf(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

/** How often each value occurs, decoded one by one. */
function tally(dtype: RealDType, byteOrder: ByteOrder, bytes: Uint8Array): Map<string, number> {
  const size = dtypes[dtype].bits / 8;
  const values = new Float32Array(Math.floor(bytes.length / size));
  decoderFor(dtype, byteOrder)(bytes, 0, values);
  const found = new Map<string, number>();
  for (const x of values) found.set(keyOf(x), (found.get(keyOf(x)) ?? 0) + 1);
  return found;
}

/** How often each value was counted: patterns that decode to the same one together. */
function counted(dtype: RealDType, byteOrder: ByteOrder, result: PatternCounts) {
  const entry = entryOf(dtype, [1], { byteLength: 1, byteOrder });
  const found = new Map<string, number>();
  for (const [i, x] of valuesOf(entry, result).entries())
    found.set(keyOf(x), (found.get(keyOf(x)) ?? 0) + result.counts[i]!);
  return found;
}

/** Bytes of which some are frequent. */
function randomBytes(length: number, seed: number): Uint8Array {
  const random = seeded(seed);
  return Uint8Array.from({ length }, () => (random() < 0.3 ? 0x3c : random() * 256));
}

/** Lengths of what is given one after the other, in elements. */
const lengths = [0, 1, 2, 3, 7, 8, 31, 1000, 4097];

describe.each(countable)('%s', dtype => {
  const size = dtypes[dtype].bits / 8;
  describe.each(byteOrders)('%s-endian', byteOrder => {
    test.each([
      ['without kernels', false, 0],
      ['without kernels, at an odd address', false, 1],
      ['with kernels', true, 0],
      ['with kernels, at an odd address', true, 1],
      ['with kernels, in their memory at an odd address', true, 3],
    ] as const)('%s: what the decoder gives, as often', (_, hasKernels, offset) => {
      const all = randomBytes(lengths.reduce((a, b) => a + b) * size, 77);
      const counter = new PatternCounter({ dtype }, hasKernels ? memory : undefined);
      let at = 0;
      for (const length of lengths) {
        const part = all.subarray(at, at + length * size);
        const place =
          offset === 3
            ? room(part.length, offset)
            : new Uint8Array(new ArrayBuffer(part.length + offset), offset);
        place.set(part);
        counter.add(place);
        at += part.length;
      }
      const result = occurring([counter.counts]);
      expect(counted(dtype, byteOrder, result)).toEqual(tally(dtype, byteOrder, all));
      expect(result.counts.reduce((a, b) => a + b)).toBe(all.length / size);
      expect(result.counts.every(count => count > 0)).toBe(true);
      expect(result.patterns).toEqual(result.patterns.toSorted());
      expect(new Set(result.patterns).size).toBe(result.patterns.length);
    });
  });
});

test.each(['F16', 'F8_E4M3'] as const)('%s: every pattern, once', dtype => {
  const most = 2 ** dtypes[dtype].bits;
  const bytes = new Uint8Array(dtypes[dtype].bits === 8 ? most : 2 * most);
  for (let p = 0; p < most; p++)
    if (dtypes[dtype].bits === 8) bytes[p] = p;
    else bytes.set([p & 255, p >> 8], 2 * p);
  for (const kernel of [undefined, memory]) {
    const counter = new PatternCounter({ dtype }, kernel);
    counter.add(bytes);
    expect(occurring([counter.counts]).patterns).toEqual(
      Uint16Array.from({ length: most }, (_, p) => p),
    );
    expect(new Set(occurring([counter.counts]).counts)).toEqual(new Set([1]));
  }
});

test('by hand: an odd number of bytes, twice', () => {
  for (const kernel of [undefined, memory]) {
    const counter = new PatternCounter({ dtype: 'I8' }, kernel);
    counter.add(Uint8Array.of(0xff, 1, 0xff));
    counter.add(Uint8Array.of(7));
    const result = occurring([counter.counts]);
    expect([...result.patterns]).toEqual([1, 7, 255]);
    expect([...result.counts]).toEqual([1, 1, 2]);
    expect([...valuesOf(entryOf('I8', [4], { byteLength: 4 }), result)]).toEqual([1, 7, -1]);
  }
});

test('by hand: the byte order is the value, not the pattern', () => {
  const counter = new PatternCounter({ dtype: 'U16' });
  counter.add(Uint8Array.of(0, 1, 2, 0));
  const result = occurring([counter.counts]);
  expect([...result.patterns]).toEqual([2, 256]);
  const values = (byteOrder: ByteOrder) => [
    ...valuesOf(entryOf('U16', [2], { byteLength: 4, byteOrder }), result),
  ];
  expect(values('little')).toEqual([2, 256]);
  expect(values('big')).toEqual([512, 1]);
});

test('nothing was added: nothing is counted', () => {
  for (const kernel of [undefined, memory]) {
    const { patterns, counts } = occurring([new PatternCounter({ dtype: 'BF16' }, kernel).counts]);
    expect([patterns.length, counts.length]).toEqual([0, 0]);
  }
});

test('a result may be asked for in between, and again', () => {
  for (const kernel of [undefined, memory]) {
    const counter = new PatternCounter({ dtype: 'BF16' }, kernel);
    counter.add(Uint8Array.of(1, 2, 1, 2));
    expect([...occurring([counter.counts]).counts]).toEqual([2]);
    counter.add(Uint8Array.of(1, 2));
    expect([...occurring([counter.counts]).counts]).toEqual([3]);
    expect([...occurring([counter.counts]).counts]).toEqual([3]);
  }
});

test('a counter that was given up leaves nothing to the next one on the same kernels', () => {
  new PatternCounter({ dtype: 'F16' }, memory).add(randomBytes(4096, 5));
  const next = new PatternCounter({ dtype: 'U8' }, memory);
  next.add(Uint8Array.of(9, 9, 4));
  expect([...occurring([next.counts]).patterns]).toEqual([4, 9]);
  expect([...occurring([next.counts]).counts]).toEqual([1, 2]);
});

test('parts added up are the whole, however it is cut', () => {
  const elements = fc.array(fc.constantFrom(0, 1, 0x8000, 0x3c00, 0xffff, 0x00ff), {
    maxLength: 60,
  });
  const countOf = (words: readonly number[]): EachPattern => {
    const counter = new PatternCounter({ dtype: 'BF16' }, memory);
    counter.add(Uint8Array.from(words.flatMap(word => [word & 255, word >> 8])));
    return counter.counts;
  };
  fc.assert(
    fc.property(fc.array(elements, { maxLength: 5 }), parts => {
      const expected = new Map<number, number>();
      for (const word of parts.flat()) expected.set(word, (expected.get(word) ?? 0) + 1);
      const { patterns, counts } = occurring(parts.map(countOf));
      expect([...patterns]).toEqual([...expected.keys()].toSorted((a, b) => a - b));
      expect([...counts]).toEqual([...patterns].map(p => expected.get(p)));
    }),
    { seed: 11, numRuns: 50 },
  );
});

test('counting while a Fortran-order array is read does not disturb what is read', async () => {
  const kernels = builtKernels();
  // No room is to spare then: memory grows, and moves, with every use that is new.
  kernels.bytes(2 ** 25);
  const { memory } = kernelEngine(kernels);
  for (const dtype of ['BF16', 'F16'] as const) {
    const bytes = randomBytes(2 * 300 * 256, 9);
    const entry = entryOf(dtype, [300, 256], { byteLength: bytes.length, fortranOrder: true });
    const counter = new PatternCounter(entry, memory);
    const fast = streamRows(bytesSource(bytes), entry, { chunkBytes: 65_536, memory });
    const plain = streamRows(bytesSource(bytes), entry);
    const counting = await valuesIn(fast, part => counter.add(part));
    expect(counting.map(keyOf)).toEqual((await valuesIn(plain)).map(keyOf));
    expect(counted(dtype, 'little', occurring([counter.counts]))).toEqual(
      tally(dtype, 'little', bytes),
    );
  }
});

async function valuesIn(stream: RowStream, onBytes?: OnBytes): Promise<number[]> {
  const all: number[] = [];
  for (const panel of stream.panels())
    for await (const { data } of stream.tiles(panel, undefined, onBytes)) all.push(...data);
  return all;
}
