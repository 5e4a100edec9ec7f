import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Results, type ResultsOptions } from '../../../../src/host/cache/results';
import { noParts, type PartsRequest, partsOf } from '../../../../src/host/parts';
import type { TensorAnalysis } from '../../../../src/protocol/worker';
import { analysis, entry, profile, report } from '../fakes';

let base: string;
let model: string;
let errors: unknown[];
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'quantscope-test-'));
  model = path.join(base, 'm.safetensors');
  writeFileSync(model, new Uint8Array(100));
  errors = [];
});
afterEach(() => {
  rmSync(base, { recursive: true });
  expect(errors).toEqual([]);
});

const folder = () => path.join(base, 'results');
/** A window's cache. Its clock is ahead: the files of a test have long been at rest. */
function open(given: Partial<ResultsOptions> = {}): Results {
  return new Results({
    folder: folder(),
    version: '1.0.0',
    maxBytes: () => 1e6,
    onError: e => errors.push(e),
    now: () => Date.now() + 60_000,
    ...given,
  });
}

function request(name: string, given: Partial<PartsRequest> = {}): PartsRequest {
  const plain = entry(name);
  const data = { ...plain.data, path: model };
  return { entry: { ...plain, data }, fileSize: 100, sigma: 6, schemes: ['int8'], ...given };
}

const figures = (max: number): TensorAnalysis => analysis({ profile: profile({ max }) });
const compute = (results: Results, asked: PartsRequest, max: number) =>
  results.compute(asked, async () => figures(max));
const stored = async (results: Results, ...asked: PartsRequest[]) =>
  (await results.stored(asked)).map(found => found?.base?.profile?.max ?? null);
/** A cache with one result on disk, and whoever opens the folder next. */
async function reopened(given: Partial<ResultsOptions> = {}): Promise<Results> {
  const first = open();
  await compute(first, request('a'), 7);
  await first.flush();
  return open(given);
}

describe('stored results', () => {
  it('are there for the same question at once, and for no other', async () => {
    const results = open();
    expect(await stored(results, request('a'))).toEqual([null]);
    expect(await compute(results, request('a'), 7)).toEqual(figures(7));
    await results.flush();
    const parts = partsOf(request('a'), figures(7));
    expect(await results.stored([request('a')])).toEqual([parts]);
    const { entry: tensor } = request('a');
    const others = [
      request('b'),
      request('a', { sampleBytes: 10 }),
      request('a', { fileSize: 99 }),
      request('a', { entry: { ...tensor, dtype: 'I32' } }),
      request('a', { entry: { ...tensor, shape: [3, 2] } }),
      request('a', { entry: { ...tensor, data: { ...tensor.data, offset: 8 } } }),
      request('a', { sigma: 5, schemes: ['int4'] }),
    ];
    expect(await results.stored(others)).toEqual(others.map(() => null));
    for (const other of others) expect(await results.stored([other])).toEqual([null]);
    const base = { ...noParts, base: parts.base };
    const partly = [
      [request('a', { schemes: [] }), base],
      [request('a', { schemes: ['int4'] }), base],
      [request('a', { casts: true }), parts],
      // A scheme's figures are the same whatever counts as an outlier.
      [request('a', { sigma: 5 }), { ...parts, base: null }],
    ] as const;
    for (const [asked, found] of partly) expect(await results.stored([asked])).toEqual([found]);
    expect(await results.stored(partly.map(p => p[0]))).toEqual(partly.map(p => p[1]));
  });

  it('are there for who asks right after they were computed', async () => {
    const results = open();
    const names = Array.from({ length: 50 }, (_, i) => `t${i}`);
    for (const [i, name] of names.entries()) {
      await compute(results, request(name), i);
      expect(await stored(results, request(name))).toEqual([i]);
    }
    await results.flush();
  });

  it('are there in another window, and after closing this one', async () => {
    const next = await reopened();
    expect(await stored(next, request('b'), request('a'))).toEqual([null, 7]);
    expect(await stored(next, request('a'))).toEqual([7]);
  });

  it('of one file of tensors are one file', async () => {
    const results = open();
    for (let i = 0; i < 300; i++) await compute(results, request(`t${i}`), i);
    await results.flush();
    expect(readdirSync(folder())).toHaveLength(1);
    const asked = Array.from({ length: 300 }, (_, i) => request(`t${i}`));
    expect(await stored(open(), ...asked)).toEqual(Array.from(asked.keys()));
  });

  it('are not made of what fails', async () => {
    const results = open();
    const failing = results.compute(request('a'), () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await results.flush();
    expect(await stored(results, request('a'))).toEqual([null]);
  });
});

describe('results of schemes', () => {
  const casts = [{ format: 'fp16', overflow: 0, underflow: 1, subnormal: 2, changed: 3 }] as const;
  /** Figures of each scheme that can be told apart. */
  const answer = ({ schemes, casts: wantsCasts }: PartsRequest): TensorAnalysis =>
    analysis({
      reports: schemes.map(scheme => report({ scheme })),
      schemeFindings: schemes.map(message => [{ severity: 'info', message }]),
      gaussianSqnrDb: schemes.map(scheme => scheme.length),
      ...(wantsCasts && { casts }),
    });
  /** Computes, and tells what of it was computed. */
  async function asking(results: Results, given: Partial<PartsRequest>) {
    const asked: Partial<PartsRequest>[] = [];
    const result = await results.compute(request('a', given), async missing => {
      asked.push({ schemes: missing.schemes, casts: missing.casts === true });
      return answer(missing);
    });
    return { result, asked };
  }

  it('are there for whoever asks for the scheme, among whichever others', async () => {
    const results = open();
    await asking(results, { schemes: ['int8'] });
    await asking(results, { schemes: ['nf4', 'q4_0'] });
    await results.flush();
    for (const schemes of [['int8', 'nf4'], ['q4_0', 'int8'], ['nf4']]) {
      const asked = request('a', { schemes });
      const parts = partsOf(asked, answer(asked));
      expect(await results.stored([asked])).toEqual([parts]);
      expect(await open().stored([asked, request('b')])).toEqual([parts, null]);
      expect(await asking(results, { schemes })).toEqual({ result: answer(asked), asked: [] });
    }
  });

  it('are computed only where they are missing, and put together', async () => {
    const results = open();
    await asking(results, { schemes: ['int8'] });
    const more = await asking(results, { schemes: ['nf4', 'int8', 'q4_0'] });
    expect(more.asked).toEqual([{ schemes: ['nf4', 'q4_0'], casts: false }]);
    expect(more.result).toEqual(answer(request('a', { schemes: ['nf4', 'int8', 'q4_0'] })));
    const cast = await asking(results, { schemes: ['int8'], casts: true });
    expect(cast.asked).toEqual([{ schemes: [], casts: true }]);
    expect(cast.result).toEqual(answer(request('a', { casts: true })));
    expect((await asking(results, { schemes: ['nf4'], casts: true })).asked).toEqual([]);
    const base = await asking(results, { sigma: 3, schemes: ['nf4'] });
    expect(base.asked).toEqual([{ schemes: [], casts: false }]);
  });

  it('that another window stored are asked for only when the disk was, before', async () => {
    const first = open();
    await asking(first, { schemes: ['int8'] });
    await first.flush();
    const next = open();
    await next.stored([request('a', { schemes: ['int8', 'nf4'] })]);
    const { asked } = await asking(next, { schemes: ['int8', 'nf4'] });
    expect(asked).toEqual([{ schemes: ['nf4'], casts: false }]);
  });

  it('of a file that changes meanwhile are not put together with those of the old one', async () => {
    const results = open();
    await asking(results, { schemes: ['int8'] });
    const asked: (readonly string[])[] = [];
    const both = await results.compute(
      request('a', { schemes: ['int8', 'nf4'] }),
      async missing => {
        asked.push(missing.schemes);
        utimesSync(model, asked.length, 1);
        return answer(missing);
      },
    );
    expect(asked).toEqual([['nf4'], ['int8', 'nf4']]);
    expect(both.reports.map(r => r?.scheme)).toEqual(['int8', 'nf4']);
    expect(await results.stored([request('a', { schemes: ['int8', 'nf4'] })])).toEqual([null]);
  });
});

describe('stale results are never shown', () => {
  /** Ways for a file to become another one under the same name and with the same size. */
  const changes: Record<string, () => void> = {
    'another time of change': () => utimesSync(model, 1, 1),
    'other bytes, with the old time of modification put back': () => {
      const { atimeMs, mtimeMs } = statSync(model);
      writeFileSync(model, new Uint8Array(100).fill(1));
      utimesSync(model, atimeMs / 1000, mtimeMs / 1000);
    },
    'another file moved over it, with its times': () => {
      const { atimeMs, mtimeMs } = statSync(model);
      copyFileSync(model, `${model}.new`);
      utimesSync(`${model}.new`, atimeMs / 1000, mtimeMs / 1000);
      renameSync(`${model}.new`, model);
    },
    'no file': () => rmSync(model),
  };
  const cases = Object.entries(changes);

  it.each(cases)('from memory: %s', async (_, change) => {
    const results = open();
    await compute(results, request('a'), 7);
    await results.flush();
    expect(await stored(results, request('a'))).toEqual([7]);
    change();
    expect(await stored(results, request('a'))).toEqual([null]);
  });

  it.each(cases)('from disk: %s', async (_, change) => {
    const next = await reopened();
    change();
    expect(await stored(next, request('a'), request('b'))).toEqual([null, null]);
  });

  it.each(cases)('computed while the file became another: %s', async (_, change) => {
    const results = open();
    await results.compute(request('a'), async () => {
      change();
      return figures(7);
    });
    await results.flush();
    expect(await stored(results, request('a'))).toEqual([null]);
    expect(existsSync(folder())).toBe(false);
  });

  it('of a file changed so lately that it may change again within its timestamp', async () => {
    const results = open({ now: Date.now });
    writeFileSync(model, new Uint8Array(100));
    await compute(results, request('a'), 7);
    await results.flush();
    expect(await stored(results, request('a'))).toEqual([null]);
  });

  it('of another version', async () => {
    const next = await reopened({ version: '1.0.1' });
    expect(await stored(next, request('a'), request('b'))).toEqual([null, null]);
  });

  it('of another size than the header was read with', async () => {
    const results = open();
    await compute(results, request('a', { fileSize: 99 }), 7);
    await results.flush();
    expect(await stored(results, request('a', { fileSize: 99 }))).toEqual([null]);
  });

  it('and new ones take their place', async () => {
    const next = await reopened();
    utimesSync(model, 1, 1);
    await compute(next, request('a'), 8);
    await next.flush();
    expect(await stored(open(), request('a'))).toEqual([8]);
    expect(readdirSync(folder())).toHaveLength(1);
  });
});

describe('the disk', () => {
  it.each(['', 'garbage', '{"format":"quantscope results 2"}\n'])(
    'may hold a corrupt file, which is removed: %j',
    async text => {
      const next = await reopened();
      const file = path.join(folder(), readdirSync(folder())[0]!);
      writeFileSync(file, text);
      expect(await stored(next, request('a'))).toEqual([null]);
      expect(readdirSync(folder())).toEqual([]);
      await compute(next, request('a'), 9);
      await next.flush();
      expect(await stored(open(), request('a'))).toEqual([9]);
    },
  );

  it('keeps what several windows write at once', async () => {
    const windows = [open(), open()];
    for (const [i, results] of windows.entries()) await compute(results, request(`t${i}`), i);
    for (const results of windows) await results.flush();
    expect(await stored(open(), request('t0'), request('t1'))).toEqual([0, 1]);
    for (const [i, results] of windows.entries()) await compute(results, request(`u${i}`), i);
    await Promise.all(windows.map(results => results.flush()));
    // Whoever writes last may not have seen the other's; what is there is right.
    const found = await stored(open(), request('t0'), request('t1'), request('u0'), request('u1'));
    expect(found.slice(0, 2)).toEqual([0, 1]);
    expect(found[2] === 0 || found[3] === 1).toBe(true);
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it('is used within the bound: the newest results stay', async () => {
    const maxBytes = 4000;
    const results = open({ maxBytes: () => maxBytes });
    for (let i = 0; i < 20; i++) await compute(results, request(`t${i}`), i);
    await results.flush();
    const [file] = readdirSync(folder());
    expect(readFileSync(path.join(folder(), file!)).length).toBeLessThanOrEqual(maxBytes);
    const asked = Array.from({ length: 20 }, (_, i) => request(`t${i}`));
    const found = await stored(open({ maxBytes: () => maxBytes }), ...asked);
    expect(found[0]).toBeNull();
    expect(found[19]).toBe(19);
  });

  it('is neither read nor written when the cache is turned off, and is emptied', async () => {
    await reopened();
    let maxBytes = 0;
    const results = open({ maxBytes: () => maxBytes });
    expect(await stored(results, request('a'))).toEqual([null]);
    await compute(results, request('b'), 8);
    await results.flush();
    await results.trim();
    expect(readdirSync(folder())).toEqual([]);
    maxBytes = 1e6;
    expect(await stored(results, request('a'), request('b'))).toEqual([null, null]);
  });

  it('may fail: that is told, and nothing else', async () => {
    writeFileSync(folder(), 'a file where the folder should be');
    const results = open();
    await compute(results, request('a'), 7);
    await results.flush();
    expect(await stored(results, request('a'))).toEqual([7]);
    expect(await stored(results, request('b'))).toEqual([null]);
    expect(errors.splice(0).length).toBeGreaterThan(0);
  });
});
