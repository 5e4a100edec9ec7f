import { describe, expect, test } from 'vitest';
import { WeightError, type WeightErrorTag } from '../../../../src/base/errors';
import { maxGgufHeader } from '../../../../src/base/limits';
import { openRows } from '../../../../src/checkpoints/rows';
import { openModel } from '../../../../src/formats/model';
import type { RowOptions } from '../../../../src/formats/rows';
import type { Model, TensorEntry } from '../../../../src/formats/tensorFile';
import { kernelEngine } from '../../../../src/kernels/engine';
import { fixture, type MemoryFiles, memoryFiles } from '../../countingSource';
import { builtKernels } from '../../kernels/built';
import { ggufTensors } from '../../quant/ggml/ggufFile';
import { type File, floats, gguf, values as v, valuesIn } from './build';

const open = (file: File | Uint8Array) =>
  openModel(memoryFiles({ 'x.gguf': file instanceof Uint8Array ? file : gguf(file) }), 'x.gguf');

async function refusal(file: File | Uint8Array): Promise<[WeightErrorTag, string]> {
  const e: unknown = await open(file).catch((reason: unknown) => reason);
  if (!WeightError.is(e)) throw new Error('it is not refused', { cause: e });
  return [e.tag, e.message];
}

/** All values of a tensor. */
async function valuesOf(
  fs: MemoryFiles,
  entry: TensorEntry,
  { files }: Model,
  options: RowOptions = { chunkBytes: 4096 },
): Promise<number[]> {
  const fileSize = files.find(f => f.path === entry.data.path)!.byteLength;
  const { stream, close } = await openRows(fs, entry, { fileSize, ...options });
  const all: number[] = [];
  for (const panel of stream.panels())
    for await (const { data } of stream.tiles(panel)) all.push(...data);
  await close();
  return all;
}

/** A tensor of six float32. */
const six = { sizes: [3, 2], type: 0, data: floats(6) };

describe("a file of ggml's own", () => {
  const bytes = fixture('golden/ggml-types.gguf');
  const fs = memoryFiles({ 'golden.gguf': bytes });
  const expected = fixture('golden/ggml-types.expected.safetensors');

  test('has the tensors that another reader finds', async () => {
    const { format, tensors, findings } = await openModel(fs, 'golden.gguf');
    expect([format, findings]).toEqual(['gguf', []]);
    const found = tensors.map(({ name, shape, data }) => [name, [...shape], data.offset]);
    const known = [...ggufTensors(bytes)];
    expect(found).toEqual(known.map(([n, t]) => [n, t.shape.toReversed(), t.offset]));
    for (const { name, dtype } of tensors) expect(dtype.toLowerCase()).toBe(name.split('.')[2]);
    expect(tensors.length).toBe(28);
  });

  /** Compares all tensors with what ggml gives. */
  async function compare(options: RowOptions): Promise<void> {
    const both = memoryFiles({ 'golden.gguf': bytes, 'e.safetensors': expected });
    const model = await openModel(both, 'golden.gguf');
    const reference = await openModel(both, 'e.safetensors');
    for (const entry of model.tensors) {
      const wanted = reference.tensors.find(t => t.name === entry.name)!;
      expect([entry.name, await valuesOf(both, entry, model, options)]).toEqual([
        entry.name,
        await valuesOf(both, wanted, reference),
      ]);
    }
  }

  test.each([64, 256, 4096, 2 ** 20])(
    'has the values that ggml gives, in chunks of %d',
    chunkBytes => compare({ chunkBytes }),
  );

  test.each([64, 4096])('has them in the memory of the kernels, in chunks of %d', chunkBytes =>
    compare({ chunkBytes, memory: kernelEngine(builtKernels()).memory }),
  );
});

describe('metadata', () => {
  const cases: readonly (readonly [key: string, value: ReturnType<typeof v.u8>, text: string])[] = [
    ['u8', v.u8(200), '200'],
    ['i8', v.i8(-3), '-3'],
    ['u16', v.u16(65535), '65535'],
    ['i16', v.i16(-300), '-300'],
    ['u32', v.u32(4e9), '4000000000'],
    ['i32', v.i32(-7), '-7'],
    ['f32', v.f32(1e-5), '0.00001'],
    ['f32 of 9 digits', v.f32(16777217 / 3), '5592405.5'],
    ['f32 infinite', v.f32(-Infinity), '-Infinity'],
    ['true', v.bool(true), 'true'],
    ['false', v.bool(false), 'false'],
    ['string', v.string('h\u00e9llo \ud83d\ude00'), 'h\u00e9llo \ud83d\ude00'],
    ['empty', v.string(''), ''],
    ['bad UTF-8', v.string(Uint8Array.of(97, 255, 98)), 'a\ufffdb'],
    ['u64', v.u64(2n ** 64n - 1n), '18446744073709551615'],
    ['i64', v.i64(-(2n ** 63n)), '-9223372036854775808'],
    ['f64', v.f64(0.1), '0.1'],
    ['no items', v.array(8, []), '[string x 0]'],
    ['items', v.array(5, [v.i32(1), v.i32(-2)]), '[i32 x 2] 1, -2'],
    [
      'many',
      v.array(
        8,
        Array.from({ length: 9 }, (_, i) => v.string(`t${i}`)),
      ),
      '[string x 9] t0, t1, t2, t3, t4, t5, t6, t7, ...',
    ],
    ['__proto__', v.string('own'), 'own'],
  ];

  test.each(['little', 'big'] as const)('%s-endian: of every type, as text', async order => {
    if (order === 'big') {
      const b = valuesIn(true);
      const { metadata } = await open({
        big: true,
        values: [
          ['a', b.u32(70000)],
          ['b', b.array(12, [b.f64(0.5)])],
          ['c', b.string('text')],
        ],
      });
      expect(metadata).toEqual({ a: '70000', b: '[f64 x 1] 0.5', c: 'text' });
      return;
    }
    const { metadata } = await open({ values: cases.map(([key, value]) => [key, value]) });
    expect(Object.entries(metadata)).toEqual(cases.map(([key, , text]) => [key, text]));
  });

  test('a vocabulary is kept by its count and first tokens, and read once in small pieces', async () => {
    const tokens = Array.from({ length: 150_000 }, (_, i) => v.string(`token${i}`));
    const scores = Array.from({ length: 150_000 }, (_, i) => v.f32(i));
    const bytes = gguf({
      values: [
        ['tokens', v.array(8, tokens)],
        ['scores', v.array(6, scores)],
        ['last', v.u8(1)],
      ],
    });
    const fs = memoryFiles({ 'x.gguf': bytes });
    const { metadata } = await openModel(fs, 'x.gguf');
    expect(metadata.tokens).toBe(
      '[string x 150000] token0, token1, token2, token3, token4, token5, token6, token7, ...',
    );
    expect(metadata.scores).toBe('[f32 x 150000] 0, 1, 2, 3, 4, 5, 6, 7, ...');
    expect(metadata.last).toBe('1');
    const { ranges, bytes: read } = fs.counts.get('x.gguf')!;
    expect(Math.max(...ranges.map(([from, to]) => to - from))).toBeLessThanOrEqual(65536);
    // The scores are stepped over.
    expect(read).toBeLessThan(bytes.length - 4 * 150_000 + 5 * 65536);
  });

  test('a long string is cut, also in the middle of a character', async () => {
    const { metadata } = await open({
      values: [
        ['long', v.string('\u00e9'.repeat(300_000))],
        ['odd', v.string(`a${'\u00e9'.repeat(300_000)}`)],
        ['next', v.u8(9)],
      ],
    });
    expect(metadata.long).toBe(`${'\u00e9'.repeat(131072)}... (600000 bytes)`);
    expect(metadata.odd).toBe(`a${'\u00e9'.repeat(131071)}... (600001 bytes)`);
    expect(metadata.next).toBe('9');
  });
});

describe('tensors', () => {
  test('shapes are reversed, offsets are in the file, versions 2 and 3 are the same', async () => {
    for (const version of [2, 3]) {
      const bytes = gguf({
        version,
        tensors: [
          { name: 'a', ...six },
          { name: 'b', ...six },
        ],
      });
      const fs = memoryFiles({ x: bytes });
      const model = await openModel(fs, 'x');
      expect(model.tensors.map(t => [t.name, t.dtype, t.shape, t.count])).toEqual([
        ['a', 'F32', [2, 3], 6],
        ['b', 'F32', [2, 3], 6],
      ]);
      for (const entry of model.tensors)
        expect(await valuesOf(fs, entry, model)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    }
  });

  test('plain types of a big-endian file are read, blocks are not', async () => {
    const tensors = [
      { ...six, name: 'plain', data: floats(6, true) },
      { name: 'blocks', sizes: [32], type: 2, data: new Uint8Array(18) },
    ];
    const fs = memoryFiles({ x: gguf({ big: true, tensors }) });
    const model = await openModel(fs, 'x');
    expect(await valuesOf(fs, model.tensors[0]!, model)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(model.findings).toMatchObject([{ severity: 'warning' }]);
    expect(model.findings[0]!.message).toMatch(/big-endian: 1 of its tensors/);
    await expect(valuesOf(fs, model.tensors[1]!, model)).rejects.toMatchObject({
      tag: 'unsupported',
    });
  });

  test('a type that is not known is listed, and the rest is readable', async () => {
    const tensors = [
      { name: 'a', ...six },
      { name: 'odd', sizes: [100, 3], type: 99, data: new Uint8Array(50) },
      { name: 'b', ...six },
    ];
    const fs = memoryFiles({ x: gguf({ tensors }) });
    const model = await openModel(fs, 'x');
    const [a, odd, b] = model.tensors;
    expect(odd).toMatchObject({ dtype: 'unknown type 99', shape: [3, 100], count: 300 });
    // Up to where the next begins.
    expect(odd!.data.byteLength).toBe(64);
    expect(model.findings).toMatchObject([{ severity: 'warning', tensor: 'odd' }]);
    expect(model.findings[0]!.message).toMatch(/unknown type 99/);
    for (const entry of [a!, b!])
      expect(await valuesOf(fs, entry, model)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    await expect(valuesOf(fs, odd!, model)).rejects.toMatchObject({ tag: 'unsupported' });
  });

  test('they may be stored in any order, with another alignment, and none has a header alone', async () => {
    const alignment = 256;
    const file: File = {
      alignment,
      values: [['general.alignment', v.u32(alignment)]],
      tensors: [
        { ...six, name: 'second', offset: 256 },
        { ...six, name: 'first', offset: 0 },
      ],
    };
    const { tensors } = await open(file);
    expect(tensors.map(t => t.data.offset % alignment)).toEqual([0, 0]);
    expect(tensors[0]!.data.offset - tensors[1]!.data.offset).toBe(256);
    expect((await open({})).tensors).toEqual([]);
  });
});

describe('what is wrong is said', () => {
  const twice = [
    { name: 'a', ...six },
    { name: 'a', ...six },
  ];
  const wrong: readonly (readonly [string, File, WeightErrorTag, RegExp])[] = [
    ['version 1', { version: 1 }, 'unsupported', /version 1 at byte 4, expected 2 or 3/],
    ['version 4', { version: 4 }, 'unsupported', /version 4/],
    ['version 2, big-endian', { version: 2, big: true }, 'unsupported', /version 2/],
    ['2^60 tensors', { tensorCount: 2n ** 60n }, 'over-limit', /1152921504606846976 tensors/],
    ['2^60 values', { valueCount: 2n ** 60n }, 'over-limit', /metadata values at byte 16/],
    [
      'a tensor too many',
      { tensorCount: 1, alignment: 1 },
      'truncated',
      /the name of tensor 0 of 1/,
    ],
    ['an empty key', { values: [['', v.u8(1)]] }, 'malformed', /name of metadata value 0 is empty/],
    [
      'a key twice',
      {
        values: [
          ['k', v.u8(1)],
          ['k', v.u8(2)],
        ],
      },
      'malformed',
      /"k" comes twice/,
    ],
    [
      'an unknown value',
      { values: [['k', { type: 13, bytes: new Uint8Array(8) }]] },
      'malformed',
      /"k" has the unknown type 13/,
    ],
    [
      'an array of arrays',
      { values: [['k', v.array(9, [v.array(0, [])])]] },
      'malformed',
      /array of arrays/,
    ],
    [
      'an array of 2^61 numbers',
      { values: [['k', v.array(12, [], 2n ** 61n)]] },
      'truncated',
      /"k" has length 2305843009213693952/,
    ],
    [
      'an array of more strings than there are',
      { values: [['k', v.array(8, [], 9)]] },
      'truncated',
      /has length 9 at byte/,
    ],
    ['a tensor twice', { tensors: twice }, 'malformed', /tensor "a" comes twice/],
    [
      'five dimensions',
      { tensors: [{ ...six, name: 'a', sizes: [1, 1, 1, 1, 1] }] },
      'malformed',
      /5 dimensions, expected at most 4/,
    ],
    [
      'a dimension of 2^63',
      { tensors: [{ ...six, name: 'a', sizes: [2n ** 63n] }] },
      'malformed',
      /tensor "a" has dimension/,
    ],
    [
      'a product past 2^53',
      { tensors: [{ ...six, name: 'a', sizes: [2 ** 30, 2 ** 30] }] },
      'malformed',
      /element count of tensor "a" overflows/,
    ],
    [
      'a byte length past 2^53',
      { tensors: [{ ...six, name: 'a', sizes: [2 ** 52] }] },
      'malformed',
      /size of tensor "a" in bytes overflows/,
    ],
    [
      'rows that are no blocks',
      { tensors: [{ name: 'a', sizes: [33, 32], type: 2, data: new Uint8Array(600) }] },
      'malformed',
      /rows of 33, expected a multiple of 32 for Q4_0/,
    ],
    [
      'an offset off the alignment',
      { tensors: [{ ...six, name: 'a', offset: 8 }] },
      'malformed',
      /offset 8, expected a multiple of the alignment \(32\)/,
    ],
    [
      'an offset past 2^53',
      { tensors: [{ ...six, name: 'a', offset: 2n ** 60n }] },
      'malformed',
      /offset 1152921504606846976/,
    ],
    [
      'data past the end',
      { tensors: [{ ...six, name: 'a', offset: 32 }] },
      'truncated',
      /tensor "a" ends at byte \d+, past the end of the file/,
    ],
    [
      'tensors that overlap',
      {
        tensors: [
          { ...six, name: 'a', sizes: [12], data: floats(12) },
          { ...six, name: 'b', offset: 32 },
        ],
      },
      'malformed',
      /tensor "b" starts at byte \d+, overlapping tensor "a"/,
    ],
    [
      'an alignment of 24',
      { values: [['general.alignment', v.u32(24)]] },
      'malformed',
      /general.alignment is "24"/,
    ],
    [
      'an alignment of 0',
      { values: [['general.alignment', v.u32(0)]] },
      'malformed',
      /general.alignment is "0"/,
    ],
    [
      'an alignment that is text',
      { values: [['general.alignment', v.string('32')]] },
      'malformed',
      /general.alignment is "32", expected a power of two as u32/,
    ],
    [
      'a name that is no UTF-8',
      { tensors: [{ ...six, name: Uint8Array.of(255) }] },
      'malformed',
      /name of tensor 0 of 1 at byte \d+ is not valid UTF-8/,
    ],
    [
      'a name of 70 000 bytes',
      { tensors: [{ ...six, name: 'n'.repeat(70_000) }] },
      'over-limit',
      /70000 bytes, over the limit of 65535/,
    ],
  ];

  test.each(wrong)('%s', async (_, file, tag, message) => {
    const [actual, text] = await refusal(file);
    expect([actual, text]).toEqual([tag, expect.stringMatching(message)]);
    expect(text).toMatch(/^gguf: /);
  });

  test('a file that only has the name', async () => {
    expect(await refusal(new Uint8Array(0))).toEqual([
      'truncated',
      expect.stringMatching(/the magic and the version at byte 0/),
    ]);
    expect((await refusal(new Uint8Array(64)))[0]).toBe('not-this-format');
  });

  test('a header of strings without end is given up', { timeout: 20_000 }, async () => {
    // Strings of no bytes, one after another, of which the source has more than a header may.
    const count = BigInt(maxGgufHeader) / 8n + 1n;
    const start = gguf({ values: [['k', v.array(8, [], count)]] });
    const size = maxGgufHeader + 4096;
    const fs = memoryFiles({});
    const source = {
      size,
      read: async (offset: number, into: Uint8Array) => {
        into.fill(0);
        if (offset < start.length) into.set(start.subarray(offset, offset + into.length));
      },
      close: async () => {},
    };
    const e: unknown = await openModel({ ...fs, open: async () => source }, 'x').catch(
      (reason: unknown) => reason,
    );
    expect(WeightError.is(e, 'over-limit')).toBe(true);
  });
});
