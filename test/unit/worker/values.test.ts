import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import { openRows } from '../../../src/checkpoints/rows';
import { dtypeInfo } from '../../../src/formats/dtype';
import { matrixOf } from '../../../src/formats/rows';
import type { Model, TensorEntry } from '../../../src/formats/tensorFile';
import type { CallContext } from '../../../src/protocol/rpc';
import { marks, type Places } from '../../../src/protocol/values';
import { misfit } from '../../../src/quant/misfit';
import type { RunListener } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';
import { figuresOf } from '../../../src/worker/analysis';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor, workerHandlers } from '../../../src/worker/handlers';
import { root } from '../../vscode/paths.mjs';

const fixtures = path.join(root, 'test/fixtures');
const context = (signal = new AbortController().signal): CallContext => ({
  signal,
  progress: () => {},
});

const handlers = workerHandlers(nodeFileSystem);
const open = (file: string) => handlers['model/open']({ path: file }, context()) as Promise<Model>;
const sizeOf = (model: Model, entry: TensorEntry) =>
  model.files.find(f => f.path === entry.data.path)!.byteLength;

/** All values, as `dump` reads them. */
async function dumped(model: Model, entry: TensorEntry): Promise<number[]> {
  const how = { fileSize: sizeOf(model, entry) };
  const { stream, close } = await openRows(nodeFileSystem, entry, how);
  const values: number[] = [];
  for (const panel of stream.panels())
    for await (const { data } of stream.tiles(panel)) for (const x of data) values.push(x);
  await close();
  return values;
}

/** All that a scheme makes of a tensor, as `quantize --out` writes it. */
async function quantized(model: Model, entry: TensorEntry, scheme: string) {
  const [codes, results, clipped, kept]: number[][] = [[], [], [], []];
  const listener: RunListener = {
    piece(piece) {
      codes!.push(...piece.codes.subarray(0, piece.values.length));
      results!.push(...piece.results.subarray(0, piece.values.length));
      clipped!.push(...piece.clipped.subarray(0, piece.values.length));
      for (let i = 0; i < piece.values.length; i++) kept!.push(piece.kept?.[i] ?? 0);
    },
  };
  const request = { entry, fileSize: sizeOf(model, entry), sigma: 6, schemes: [scheme] };
  await analyzeTensor(nodeFileSystem, request, { listeners: [listener] });
  return { codes: codes!, results: results!, clipped: clipped!, kept: kept! };
}

/** Pages of a tensor of two axes or more, some of them across it, some along it. */
function somePlaces({ shape, count }: TensorEntry): Places[] {
  const { rows, cols } = matrixOf(shape);
  const along = (first: number): Places => ({
    first,
    rows: Math.min(64, rows),
    rowStep: cols,
    cols: Math.min(64, cols),
    colStep: 1,
  });
  const { rowStep, colStep, ...size } = along(0);
  return [
    along(0),
    // The last whole page, and one that reaches beyond the end.
    along(Math.max(0, count - 1 - (size.rows - 1) * cols - (size.cols - 1))),
    along(Math.max(0, count - 5)),
    // Rows and columns the other way round, and every other one.
    { first: 0, rows: size.cols, rowStep: colStep, cols: size.rows, colStep: rowStep },
    { first: Math.min(1, count - 1), rows: 8, rowStep: 2 * cols, cols: 8, colStep: 3 },
  ];
}

const indexOf = ({ first, rowStep, cols, colStep }: Places, slot: number) =>
  first + Math.floor(slot / cols) * rowStep + (slot % cols) * colStep;

const page = (model: Model, entry: TensorEntry, scheme: string | null, places: Places) =>
  handlers['values/page'](
    { entry, fileSize: sizeOf(model, entry), version: '1', scheme, places },
    context(),
  );

const bits = (x: number | undefined) =>
  x === undefined ? 'none' : Object.is(x, -0) ? '-0' : String(x);

async function checkValues(model: Model, entry: TensorEntry): Promise<void> {
  const whole = await dumped(model, entry);
  for (const places of somePlaces(entry)) {
    const { values, quantized } = await page(model, entry, null, places);
    expect(quantized).toBeNull();
    const wanted = Array.from(values, (_, slot) => whole[indexOf(places, slot)] ?? Number.NaN);
    expect([entry.name, places, Array.from(values, bits)]).toEqual([
      entry.name,
      places,
      wanted.map(bits),
    ]);
  }
}

async function checkScheme(model: Model, entry: TensorEntry, scheme: string): Promise<void> {
  if (misfit(parseScheme(scheme), matrixOf(entry.shape)) !== null) return;
  const whole = await quantized(model, entry, scheme);
  const values = await dumped(model, entry);
  for (const places of somePlaces(entry)) {
    const found = await page(model, entry, scheme, places);
    const slots = Array.from(found.values.keys()).filter(
      slot => indexOf(places, slot) < entry.count,
    );
    const at = (list: readonly number[]) => slots.map(slot => bits(list[indexOf(places, slot)]));
    const of = (list: ArrayLike<number>) => slots.map(slot => bits(list[slot]));
    const wrong = `${entry.name} ${scheme} ${JSON.stringify(places)}`;
    expect(of(found.values), wrong).toEqual(at(values));
    expect(of(found.quantized!.codes), wrong).toEqual(at(whole.codes));
    expect(of(found.quantized!.results), wrong).toEqual(at(whole.results));
    const marked = whole.clipped.map((c, i) => c * marks.clipped + whole.kept[i]! * marks.kept);
    expect(of(found.quantized!.marks), wrong).toEqual(at(marked));
  }
}

/** By row, by group, of the whole tensor, by column, by block, with outliers, with formats of their own. */
const schemes = [
  ...['int8', 'uint4 asym group=32', 'int8 tensor', 'int8 asym channel=1', 'int4 block=8x8'],
  ...['int4 group=32 outliers=1%', 'int8 tensor outliers=2sigma calib=mse', 'bf16', 'q4_k', 'q8_0'],
  ...['nvfp4', 'bitsandbytes nf4', 'fp8-e4m3 tensor'],
];

const files = (folder: string, pattern: RegExp) =>
  readdirSync(path.join(fixtures, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => pattern.test(name))
    .map(name => path.join(folder, name))
    .sort();

const npy = files('npy', /\.np[yz]$/);
const checkpoints = files('checkpoints', /model\.safetensors$|index\.json$/);

describe.each([...npy, ...checkpoints, 'golden/ggml-types.gguf'])('%s', file => {
  test('values are those that dump writes', async () => {
    const model = await open(path.join(fixtures, file));
    for (const entry of model.tensors)
      if (figuresOf(entry).statistics && entry.count > 0) await checkValues(model, entry);
  });
});

const floats = [...npy.filter(f => /f[248]|cube|vector|nonfinite|bfloat16|npz/.test(f))];
describe.each([
  ...floats,
  'golden/reference.npy',
  'golden/ggml-types.gguf',
  ...checkpoints.slice(0, 6),
])('%s', file => {
  test('codes and dequantized values are those that quantize writes', async () => {
    const model = await open(path.join(fixtures, file));
    for (const entry of model.tensors.slice(0, 4))
      if (figuresOf(entry).schemes)
        for (const scheme of schemes) await checkScheme(model, entry, scheme);
  });
});

/** A large file that is not there: values follow from their place; reads are counted. */
function largeFile(entry: TensorEntry) {
  const reads: number[] = [];
  const files = {
    open: async () => ({
      size: entry.data.byteLength,
      async read(offset: number, into: Uint8Array) {
        reads.push(into.byteLength);
        const values = new Float32Array(into.byteLength / 4);
        for (let i = 0; i < values.length; i++) values[i] = ((offset / 4 + i) % 977) - 488;
        into.set(new Uint8Array(values.buffer));
      },
      close: async () => {},
    }),
  } as unknown as FileSystem;
  return { reads, handlers: workerHandlers(files) };
}

const plain = (shape: readonly number[]): TensorEntry => {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = {
    ...{ path: 'x', offset: 0, byteLength: 4 * count },
    ...({ byteOrder: 'little', fortranOrder: false } as const),
  };
  return { name: 'x', dtype: 'F32', shape, count, data };
};

const ask = (entry: TensorEntry, scheme: string | null, places: Places) => ({
  ...{ entry, fileSize: entry.data.byteLength, version: '1' },
  ...{ scheme, places },
});

describe('what is read', () => {
  test('of an array of 10 GB in one row is the page, and nothing else', async () => {
    const entry = plain([2_500_000_000]);
    const { reads, handlers } = largeFile(entry);
    const places = { first: 1_999_999_984, rows: 64, rowStep: 16, cols: 16, colStep: 1 };
    const { values } = await handlers['values/page'](ask(entry, null, places), context());
    expect(values[5]).toBe(((1_999_999_984 + 5) % 977) - 488);
    expect(reads).toEqual([4 * 1024]);
    await handlers['values/page'](ask(entry, 'int8 group=128', places), context());
    // The groups that it lies in.
    expect(reads.slice(1).reduce((a, b) => a + b)).toBeLessThanOrEqual(4 * (1024 + 256));
  });

  test('of a matrix with long rows are 64 stretches of them', async () => {
    const entry = plain([150_000, 50_000]);
    const { reads, handlers } = largeFile(entry);
    const places = {
      first: 100_000 * 50_000 + 40_000,
      rows: 64,
      rowStep: 50_000,
      cols: 64,
      colStep: 1,
    };
    await handlers['values/page'](ask(entry, null, places), context());
    expect(reads).toEqual(new Array(64).fill(256));
  });

  test('of a tensor that shares its scale is everything once, however many pages ask', async () => {
    const entry = plain([2048, 1024]);
    const { reads, handlers } = largeFile(entry);
    const at = (first: number) => ({ first, rows: 64, rowStep: 1024, cols: 64, colStep: 1 });
    const firsts = [0, 64, 65_536, 131_072];
    const pages = firsts.map(first =>
      handlers['values/page'](ask(entry, 'int8 tensor', at(first)), context()),
    );
    await Promise.all(pages);
    const bytes = reads.reduce((a, b) => a + b);
    expect(bytes).toBeLessThan(entry.data.byteLength * 1.1);
    await handlers['values/page'](ask(entry, 'int8 tensor', at(1_000_000)), context());
    expect(reads.reduce((a, b) => a + b) - bytes).toBeLessThanOrEqual(64 * 256);
  });

  test('a page that is given up does not stop others that wait for the same', async () => {
    const entry = plain([2048, 1024]);
    const { handlers } = largeFile(entry);
    const places = { first: 0, rows: 2, rowStep: 1024, cols: 2, colStep: 1 };
    const control = new AbortController();
    const given = handlers['values/page'](
      ask(entry, 'int8 tensor', places),
      context(control.signal),
    );
    const other = handlers['values/page'](ask(entry, 'int8 tensor', places), context());
    control.abort();
    await expect(given).rejects.toMatchObject({ tag: 'cancelled' });
    expect((await other).quantized?.codes).toHaveLength(4);
  });
});

test('integers of 64 bits come with all their digits where a float64 has too few', async () => {
  const entry: TensorEntry = {
    ...plain([2]),
    dtype: 'I64',
    data: { ...plain([2]).data, byteLength: 16 },
  };
  const words = BigInt64Array.of(9_007_199_254_740_993n, -3n);
  const files = {
    open: async () => ({
      size: 16,
      read: async (offset: number, into: Uint8Array) =>
        into.set(new Uint8Array(words.buffer, offset, into.byteLength)),
      close: async () => {},
    }),
  } as unknown as FileSystem;
  const places = { first: 0, rows: 1, rowStep: 2, cols: 2, colStep: 1 };
  const found = await workerHandlers(files)['values/page'](ask(entry, null, places), context());
  expect(found.exact).toEqual(['9007199254740993', '-3']);
  expect(dtypeInfo('I64').wide).toBe(true);
});

test('a scheme does not apply to integers, and the page says so', async () => {
  const entry: TensorEntry = { ...plain([4]), dtype: 'I32' };
  const places = { first: 0, rows: 1, rowStep: 4, cols: 4, colStep: 1 };
  const { handlers } = largeFile(entry);
  const found = await handlers['values/page'](ask(entry, 'int8', places), context());
  expect([found.misfit, found.quantized]).toEqual(['', null]);
});

test('complex numbers are refused with a sentence', async () => {
  const entry: TensorEntry = { ...plain([4]), dtype: 'C64' };
  const places = { first: 0, rows: 1, rowStep: 4, cols: 4, colStep: 1 };
  const { handlers } = largeFile(entry);
  await expect(async () =>
    handlers['values/page'](ask(entry, null, places), context()),
  ).rejects.toMatchObject({ tag: 'unsupported' });
});
