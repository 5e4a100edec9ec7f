import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { Place } from '../../../src/host/files/index';
import { createHoverFigures, type HoverServices } from '../../../src/host/hover/figures';
import { type PartsRequest, partsOf } from '../../../src/host/parts';
import type { AnalysisRequest, TensorAnalysis } from '../../../src/protocol/worker';
import type { PoolCall } from '../../../src/worker/pool';
import { entry, analysis as figures, profile, report } from './fakes';

let base: string;
let file: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'quantscope-test-'));
  file = path.join(base, 'm.safetensors');
  writeFileSync(file, new Uint8Array(24));
});
afterEach(() => rmSync(base, { recursive: true }));

const settled = () => new Promise(resolve => setImmediate(resolve));
const never = new AbortController().signal;

interface Asked {
  readonly request: AnalysisRequest;
  readonly options: PoolCall;
  answer(result: TensorAnalysis): void;
  fail(e: unknown): void;
}

/** Figures for the tensors of a file; the test answers what is computed. */
function setUp({ stored = null as TensorAnalysis | null, byteLength = 24 } = {}) {
  const asked: Asked[] = [];
  let sigma = 6;
  const request = (_: string, params: unknown, options: PoolCall) =>
    new Promise<TensorAnalysis>((answer, reject) => {
      options.signal?.addEventListener('abort', () => reject(new WeightError('cancelled', 'x')));
      asked.push({ request: params as AnalysisRequest, options, answer, fail: reject });
      waiters.shift()?.();
    });
  const waiters: (() => void)[] = [];
  const services = {
    settings: () => ({ sigma }),
    pool: () => ({ request }),
    results: {
      stored: async (requests: readonly PartsRequest[]) =>
        requests.map(request => stored && partsOf(request, stored)),
      compute: (request: PartsRequest, work: (missing: PartsRequest) => Promise<TensorAnalysis>) =>
        work(request),
    },
  } as unknown as HoverServices;
  const tensors = ['a', 'b', 'c'].map(name => {
    const plain = entry(name);
    return { ...plain, data: { ...plain.data, path: file, byteLength } };
  });
  const model = { tensors, files: [{ path: file, byteLength: 24 }] };
  const known = { model, document: undefined } as unknown as Place['known'];
  return {
    source: createHoverFigures(services, () => ['int8']),
    place: (tensor: number): Place => ({ known, tensor }),
    asked,
    /** Resolves with the next request. */
    next: () => new Promise<void>(resolve => waiters.push(resolve)),
    setSigma: (value: number) => {
      sigma = value;
    },
  };
}

test('stored figures are shown without computing, also of a tensor too large to read for it', async () => {
  for (const byteLength of [24, 300e6]) {
    const { source, place, asked } = setUp({ stored: figures(), byteLength });
    expect(source.peek(place(0))).toBe('computing');
    await source.want(place(0), never);
    expect(source.peek(place(0))).toEqual(figures());
    expect(asked).toEqual([]);
  }
});

test('a tensor too large is not read', async () => {
  const { source, place, asked } = setUp({ byteLength: 300e6 });
  await source.want(place(0), never);
  expect(source.peek(place(0))).toBe('not-computed');
  expect(asked).toEqual([]);
});

test('what is not stored is computed before everything else, once', async () => {
  const { source, place, asked, next } = setUp();
  const begun = next();
  const wanted = [source.want(place(0), never), source.want(place(0), never)];
  await begun;
  expect(source.peek(place(0))).toBe('computing');
  expect(asked).toHaveLength(1);
  expect(asked[0]!.options.priority).toBe('hover');
  expect(asked[0]!.request).toMatchObject({ fileSize: 24, sigma: 6, schemes: ['int8'] });
  asked[0]!.answer(figures());
  await Promise.all(wanted);
  await source.want(place(0), never);
  expect(source.peek(place(0))).toEqual(figures());
  expect(asked).toHaveLength(1);
});

test('figures of a file that has changed meanwhile are not shown again', async () => {
  const { source, place, asked, next } = setUp();
  let begun = next();
  const first = source.want(place(0), never);
  await begun;
  asked[0]!.answer(figures());
  await first;
  utimesSync(file, 1, 1);
  begun = next();
  const second = source.want(place(0), never);
  expect(source.peek(place(0))).toBe('computing');
  await begun;
  const fresh = figures({ profile: profile({ max: 9 }) });
  asked[1]!.answer(fresh);
  await second;
  expect(source.peek(place(0))).toEqual(fresh);
});

test('another sigma has other figures', async () => {
  const { source, place, asked, next, setSigma } = setUp();
  const begun = next();
  const first = source.want(place(0), never);
  await begun;
  asked[0]!.answer(figures());
  await first;
  setSigma(3);
  expect(source.peek(place(0))).toBe('computing');
});

test('a third hover stops the first, which is computed when it is wanted again', async () => {
  const { source, place, asked, next } = setUp();
  for (const tensor of [0, 1, 2]) {
    const begun = next();
    void source.want(place(tensor), never);
    await begun;
  }
  await settled();
  expect(asked.map(a => a.options.signal?.aborted)).toEqual([true, false, false]);
  expect(source.peek(place(0))).toBe('computing');
  const begun = next();
  void source.want(place(0), never);
  await begun;
  expect(asked[3]!.request.entry.name).toBe('a');
});

test('a failure is told, and stays as long as the file does', async () => {
  const { source, place, asked, next } = setUp();
  let begun = next();
  const first = source.want(place(0), never);
  await begun;
  asked[0]!.fail(new WeightError('truncated', 'too short'));
  await first;
  await source.want(place(0), never);
  expect(source.peek(place(0))).toMatchObject({ tag: 'truncated', message: 'too short' });
  utimesSync(file, 1, 1);
  begun = next();
  void source.want(place(0), never);
  await begun;
  expect(asked).toHaveLength(2);
});

test('of an open file the figures of its own schemes are shown, once all of them are there', async () => {
  const { source, place, asked } = setUp();
  let isComplete = false;
  const own = figures({ reports: [report({ scheme: 'nf4' })] });
  const analysis = { result: () => own, error: () => null, isComplete: () => isComplete };
  const wanted: number[] = [];
  const document = {
    loaded: { analysis },
    analysed: async (tensor: number) => {
      wanted.push(tensor);
      isComplete = true;
    },
  };
  const { known } = place(0);
  const open = { known: { ...known, document }, tensor: 0 } as unknown as Place;
  expect(source.peek(open)).toBe('computing');
  await source.want(open, never);
  expect(source.peek(open)).toBe(own);
  await source.want(open, never);
  expect(wanted).toEqual([0]);
  expect(asked).toEqual([]);
});
