import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { openWeights } from '../../../src/checkpoints/model';
import { locate } from '../../../src/cli/locate';
import type { Comparison } from '../../../src/compare/comparison';
import { type Pair, pairWeights } from '../../../src/compare/pairs';
import { openModel } from '../../../src/formats/model';
import type { Model, TensorEntry } from '../../../src/formats/tensorFile';
import { type CompareWatch, compareTensors } from '../../../src/worker/compare';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { fixtureNames, valuesOf } from '../checkpoints/fixture';
import { fixture, fixturePath, memoryFiles } from '../countingSource';
import { safetensors } from '../formats/build';

/** As test/fixtures/make/compare.py wrote it. */
interface Expected
  extends Pick<
    Comparison,
    | 'count'
    | 'nonFinite'
    | 'mse'
    | 'sqnrDb'
    | 'cosine'
    | 'relativeFrobenius'
    | 'maxAbsError'
    | 'meanAbsError'
  > {
  readonly maxAt: readonly [number, number];
  readonly worstBlock: readonly [number, number, number, number, number];
  readonly heat: readonly (number | null)[];
  readonly ends: readonly [number, number];
  readonly histogramA: readonly number[];
  readonly histogramB: readonly number[];
}
const expected = JSON.parse(new TextDecoder().decode(fixture('golden/compare.json'))) as Expected;

const sized = (model: Model, entry: TensorEntry) => ({
  entry,
  fileSize: model.files.find(f => f.path === entry.data.path)!.byteLength,
});

/** Both matrices of numpy's, as files in memory. */
async function numpyPair() {
  const files = memoryFiles({
    'a.npy': fixture('golden/compareA.npy'),
    'b.npy': fixture('golden/compareB.npy'),
  });
  const [a, b] = await Promise.all([openModel(files, 'a.npy'), openModel(files, 'b.npy')]);
  const request = {
    a: sized(a, a.tensors[0]!),
    b: sized(b, b.tensors[0]!),
    shape: a.tensors[0]!.shape,
  };
  files.counts.clear();
  return { files, request };
}

const close = (actual: number | null | undefined, wanted: number | null) =>
  wanted === null ? expect(actual).toBeNull() : expect(actual! / wanted).toBeCloseTo(1, 11);

describe('against numpy', () => {
  // Rows of 520 float32 or float16: tiles of parts of a row, of odd numbers of rows, and of all.
  test.each([400, 1100, 7000, 2 ** 20])('read %i bytes at a time', async chunkBytes => {
    const { files, request } = await numpyPair();
    const found = await compareTensors(files, { ...request, detail: true }, { chunkBytes });
    expect(found.count).toBe(expected.count);
    expect(found.nonFinite).toBe(expected.nonFinite);
    close(found.mse, expected.mse);
    close(found.sqnrDb, expected.sqnrDb);
    close(found.cosine, expected.cosine);
    close(found.relativeFrobenius, expected.relativeFrobenius);
    close(found.meanAbsError, expected.meanAbsError);
    expect(found.maxAbsError).toBe(expected.maxAbsError);
    expect([found.maxAt?.row, found.maxAt?.col]).toEqual(expected.maxAt);
    const { row, col, rows, cols, mse } = found.worstBlock!;
    expect([row, col, rows, cols]).toEqual(expected.worstBlock.slice(0, 4));
    close(mse, expected.worstBlock[4]);
    const { heat, histograms } = found.detail!;
    expect([heat.rows, heat.cols]).toEqual([35, 33]);
    expect(heat.meanAbsError).toHaveLength(expected.heat.length);
    for (const [i, mean] of expected.heat.entries()) close(heat.meanAbsError[i], mean);
    expect([histograms?.a.lo, histograms?.a.hi]).toEqual(expected.ends);
    expect(histograms?.a.counts).toEqual(expected.histogramA);
    expect(histograms?.b.counts).toEqual(expected.histogramB);
  });

  test('without detail each file is read once, and both are closed', async () => {
    const { files, request } = await numpyPair();
    const { detail } = await compareTensors(files, request, { chunkBytes: 4096 });
    expect(detail).toBeUndefined();
    for (const [name, entry] of [
      ['a.npy', request.a.entry],
      ['b.npy', request.b.entry],
    ] as const)
      expect(files.counts.get(name)).toMatchObject({ bytes: entry.data.byteLength, open: 0 });
  });

  test('it can be cancelled between tiles, and leaves nothing open', async () => {
    const { files, request } = await numpyPair();
    const stop = new AbortController();
    const watch: CompareWatch = {
      chunkBytes: 4096,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    };
    await expect(compareTensors(files, request, watch)).rejects.toSatisfy(e =>
      WeightError.is(e, 'cancelled'),
    );
    expect([...files.counts.values()].map(c => c.open)).toEqual([0, 0]);
    expect(files.counts.get('a.npy')!.bytes).toBeLessThan(request.a.entry.data.byteLength);
  });

  test('progress never falls, and ends at the whole', async () => {
    const { files, request } = await numpyPair();
    const told: number[] = [];
    const onProgress = (done: number, total: number) => void told.push(done / total);
    await compareTensors(files, { ...request, detail: true }, { chunkBytes: 4096, onProgress });
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect(told.at(-1)).toBe(1);
  });
});

/** Figures by plain loops over whole arrays, of the finite values. */
function figuresOf(a: ArrayLike<number>, b: ArrayLike<number>) {
  let [count, error, signal, other, product, largest] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) continue;
    count++;
    error += (a[i]! - b[i]!) ** 2;
    signal += a[i]! ** 2;
    other += b[i]! ** 2;
    product += a[i]! * b[i]!;
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  }
  return {
    count,
    mse: error / count,
    sqnrDb: 10 * Math.log10(signal / error),
    cosine: product / Math.sqrt(signal * other),
    relativeFrobenius: Math.sqrt(error / signal),
    maxAbsError: largest,
  };
}

const compare = (a: Model, b: Model, { a: left, b: right, shape }: Pair) =>
  compareTensors(nodeFileSystem, {
    a: { ...left, ...sized(a, left.entry) },
    b: { ...right, ...sized(b, right.entry) },
    shape,
  });

describe('quantized checkpoints against their originals', () => {
  test.each(fixtureNames)('%s', async name => {
    const folder = fixturePath(`checkpoints/${name}`);
    const [original, quantized, decoded] = await Promise.all([
      openWeights(nodeFileSystem, `${folder}/original.safetensors`),
      openWeights(nodeFileSystem, await locate(folder)),
      openWeights(nodeFileSystem, `${folder}/expected.safetensors`),
    ]);
    const { pairs } = pairWeights(original, quantized);
    const names = pairs.map(p => p.name);
    const wanted = original.tensors.map(t => t.name);
    expect(names).toEqual(wanted);
    for (const pair of pairs) {
      const found = await compare(original, quantized, pair);
      const plain = decoded.tensors.some(t => t.name === pair.name)
        ? pair.name
        : `${pair.name}_bf16`;
      const [x, y] = [await valuesOf(original, pair.name), await valuesOf(decoded, plain)];
      const { count, maxAbsError, ...figures } = figuresOf(x, y);
      expect([found.count, found.nonFinite]).toEqual([count, x.length - count]);
      expect(found.maxAbsError).toBeCloseTo(maxAbsError, 12);
      for (const [key, value] of Object.entries(figures))
        if (Number.isFinite(value)) close(found[key as keyof typeof figures], value);
        else expect(found[key as keyof typeof figures]).toBeNull();
    }
  });

  test('a model against itself has no error', async () => {
    const model = await openWeights(
      nodeFileSystem,
      fixturePath('checkpoints/gptq-4bit-g128-sym/original.safetensors'),
    );
    const [pair] = pairWeights(model, model).pairs;
    expect(await compare(model, model, pair!)).toMatchObject({
      mse: 0,
      sqnrDb: null,
      cosine: 1,
      maxAbsError: 0,
      maxAt: null,
      worstBlock: null,
    });
  });
});

/** A file of float32 tensors. */
function floats(
  tensors: Readonly<Record<string, [shape: number[], values: number[]]>>,
  metadata = {},
) {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  const values = Object.entries(tensors).flatMap(([name, [shape, own]]) => {
    const end = offset + 4 * own.length;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
    return own;
  });
  return safetensors(header, new Uint8Array(Float32Array.from(values).buffer));
}

const matrix = (rows: number, cols: number, first = 0) =>
  Array.from({ length: rows * cols }, (_, i) => first + i);

/** reshape(heads, 2, rows / heads / 2, cols).swapaxes(1, 2), axis by axis. */
function permuted(values: readonly number[], { rows, cols, heads }: Record<string, number>) {
  const half = rows! / heads! / 2;
  const out: number[] = [];
  for (let head = 0; head < heads!; head++)
    for (let i = 0; i < half; i++)
      for (let j = 0; j < 2; j++) {
        const row = (head * 2 + j) * half + i;
        out.push(...values.slice(row * cols!, (row + 1) * cols!));
      }
  return out;
}

/** Opens two files in memory and compares all that pairs. */
async function compareFiles(a: Uint8Array, b: Uint8Array, chunkBytes: number) {
  const files = memoryFiles({ a, b });
  const [left, right] = await Promise.all([openModel(files, 'a'), openModel(files, 'b')]);
  const asWeights = (model: Model) => ({ ...model, weights: model.tensors });
  const pairing = pairWeights(asWeights(left), asWeights(right));
  const found: Record<string, number | null> = {};
  for (const { name, shape, ...parts } of pairing.pairs) {
    const request = {
      a: { ...parts.a, ...sized(left, parts.a.entry) },
      b: { ...parts.b, ...sized(right, parts.b.entry) },
      shape,
    };
    found[name] = (await compareTensors(files, request, { chunkBytes })).mse;
  }
  return { found, pairing };
}

describe('rows in the order of another file', () => {
  const names = { q: 'model.layers.0.self_attn.q_proj', k: 'model.layers.0.self_attn.k_proj' };
  const q = matrix(24, 10);
  const k = matrix(12, 10, 500);
  const bias = matrix(1, 24);
  const original = floats({
    [`${names.q}.weight`]: [[24, 10], q],
    [`${names.q}.bias`]: [[24], bias],
    [`${names.k}.weight`]: [[12, 10], k],
  });
  const tensors = {
    'blk.0.attn_q.weight': [[24, 10], permuted(q, { rows: 24, cols: 10, heads: 4 })],
    'blk.0.attn_q.bias': [[24], permuted(bias, { rows: 24, cols: 1, heads: 4 })],
    'blk.0.attn_k.weight': [[12, 10], permuted(k, { rows: 12, cols: 10, heads: 2 })],
  } satisfies Record<string, [number[], number[]]>;
  const metadata = {
    'general.architecture': 'llama',
    'llama.attention.head_count': '4',
    'llama.attention.head_count_kv': '2',
  };

  test.each([16, 100, 2 ** 20])('q and k of a llama, %i bytes at a time', async chunkBytes => {
    const gguf = floats(tensors, metadata);
    const there = await compareFiles(original, gguf, chunkBytes);
    expect(there.found).toEqual({
      [`${names.q}.weight`]: 0,
      [`${names.q}.bias`]: 0,
      [`${names.k}.weight`]: 0,
    });
    const back = await compareFiles(gguf, original, chunkBytes);
    expect(Object.values(back.found)).toEqual([0, 0, 0]);
  });

  test('an architecture that is not permuted is taken as it is', async () => {
    const gguf = floats(tensors, { ...metadata, 'general.architecture': 'qwen2' });
    const { found } = await compareFiles(original, gguf, 2 ** 20);
    for (const mse of Object.values(found)) expect(mse).toBeGreaterThan(0);
  });

  test('without a number of heads they are not compared', async () => {
    const gguf = floats(tensors, { 'general.architecture': 'llama' });
    const { pairing } = await compareFiles(original, gguf, 2 ** 20);
    expect(pairing.pairs).toEqual([]);
    expect(pairing.onlyA[0]!.reason).toMatch(/how many heads/);
  });

  test('q, k and v of GPT-NeoX lie by heads in the original', async () => {
    // [heads 2, 3, size 2, in 5] as torch.cat of [:, 0], [:, 1], [:, 2].
    const fused = matrix(12, 5);
    const of = (part: number) =>
      [0, 1].flatMap(head => fused.slice((head * 3 + part) * 10, (head * 3 + part + 1) * 10));
    const a = floats({ 'gpt_neox.layers.0.attention.query_key_value.weight': [[12, 5], fused] });
    const b = floats(
      {
        'blk.0.attn_qkv.weight': [
          [12, 5],
          [...of(0), ...of(1), ...of(2)],
        ],
      },
      { 'general.architecture': 'gptneox', 'gptneox.attention.head_count': '2' },
    );
    expect(Object.values((await compareFiles(a, b, 64)).found)).toEqual([0]);
  });
});

describe('weights in parts', () => {
  const part = (name: string) => `model.layers.0.self_attn.${name}.weight`;
  const parts = {
    [part('q_proj')]: [[8, 6], matrix(8, 6)],
    [part('k_proj')]: [[4, 6], matrix(4, 6, 48)],
    [part('v_proj')]: [[4, 6], matrix(4, 6, 72)],
  } satisfies Record<string, [number[], number[]]>;

  test.each([20, 2 ** 20])('fused q, k and v, %i bytes at a time', async chunkBytes => {
    const name = part('qkv_proj');
    const whole = floats({ [name]: [[16, 6], matrix(16, 6)] });
    expect((await compareFiles(whole, floats(parts), chunkBytes)).found).toEqual({
      [`${name}[0:8]`]: 0,
      [`${name}[8:12]`]: 0,
      [`${name}[12:16]`]: 0,
    });
    const back = await compareFiles(floats(parts), whole, chunkBytes);
    expect(back.found).toEqual(Object.fromEntries(Object.keys(parts).map(key => [key, 0])));
    expect(back.pairing).toMatchObject({ onlyA: [], onlyB: [] });
  });

  test('experts in a stack', async () => {
    const stack = floats(
      { 'blk.0.ffn_up_exps.weight': [[3, 4, 6], matrix(12, 6)] },
      { 'general.architecture': 'qwen3moe' },
    );
    const single = (e: number) => `model.layers.0.mlp.experts.${e}.up_proj.weight`;
    const singles = floats(
      Object.fromEntries([2, 0, 1].map(e => [single(e), [[4, 6], matrix(4, 6, 24 * e)]])),
    );
    expect((await compareFiles(singles, stack, 20)).found).toEqual({
      [single(2)]: 0,
      [single(0)]: 0,
      [single(1)]: 0,
    });
  });
});
