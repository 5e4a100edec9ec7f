// A host for our page without VS Code: it answers from a made-up model, by the same code as the real one.

import type { TensorEntry } from '../../src/formats/tensorFile';
import { rowFigures } from '../../src/host/editor/figures';
import { rankWorst } from '../../src/host/editor/ranking';
import { createRows } from '../../src/host/editor/rows';
import { buildSeries } from '../../src/host/editor/series';
import type { DocumentRequests, DocumentView } from '../../src/protocol/editor';
import { type Handlers, serve } from '../../src/protocol/rpc';
import type { TensorAnalysis } from '../../src/protocol/worker';

const schemes = ['int8', 'uint4 asym group=128', 'nf4', 'mxfp4'];
const parts = [
  ...['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'],
  ...['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj', 'input_layernorm'],
];

/** Integers of [0, 2^32), the same every time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function entryOf(i: number): TensorEntry {
  const name = `model.layers.${Math.floor(i / parts.length)}.${parts[i % parts.length]}.weight`;
  const count = 4096 * 4096;
  const data = { path: '/model', offset: 0, byteLength: 2 * count, byteOrder: 'little' as const };
  return {
    ...{ name, dtype: 'BF16', shape: [4096, 4096], count },
    data: { ...data, fortranOrder: false },
  };
}

function analysisOf(random: () => number): TensorAnalysis {
  const spread = random();
  const reports = schemes.map((scheme, k) => {
    const sqnrDb = [42, 22, 20, 18][k]! - 6 * random();
    const scale = 0.001 * (k + 1) * (1 + spread);
    return {
      ...{ scheme, bitsPerWeight: 4, rmse: 1e-3, maxAbsError: 0.1, meanAbsError: 1e-3 },
      ...{ mse: 1e-3 / 10 ** (sqnrDb / 10), sqnrDb, cosine: 0.99, relativeFrobenius: 0.01 },
      ...{ rmseOverScale: 0.3, clippedFraction: 0, codesUsed: 15, codeEntropy: 3 },
      codesAvailable: 16,
      scale: { count: 4096, min: scale / 4, median: scale, max: scale * 3 },
      zeroPoint: k === 1 ? { min: 4, median: 7, max: 11 } : { min: 0, median: 0, max: 0 },
    };
  });
  return {
    profile: {
      ...{ count: 2 ** 24, nan: 0, infinite: 0, zeros: 0 },
      ...{ min: -1, max: 1, absMax: 1, mean: 0, std: 0.02 },
      outliers: { threshold: 0.12, count: Math.floor(1000 * random()) },
    },
    reports,
    sampled: 1,
    findings: [],
    schemeFindings: schemes.map(() => []),
    gaussianSqnrDb: reports.map(({ sqnrDb }) => sqnrDb + 2 * random()),
  };
}

function handlersOf(count: number): Partial<Handlers<DocumentRequests>> {
  const random = sequence(1);
  const tensors = Array.from({ length: count }, (_, i) => entryOf(i));
  const results = tensors.map(() => analysisOf(random));
  const analysis = (id: number) => results[id]!;
  const rows = createRows({
    tensors,
    version: () => 1,
    figures: id => ({ status: 'done', findings: 0, ...rowFigures(analysis(id), schemes.length) }),
  });
  const source = { tensors, schemes: schemes.length, analysis };
  const generation = 1;
  return {
    'page/strings': () => null,
    'document/get': () => documentView(count),
    'rows/page': ({ view, from, count: wanted }) => ({
      generation,
      ...rows.page(view, from, wanted),
    }),
    'rows/find': ({ view, tensor }) => ({ row: rows.find(view, tensor) }),
    'series/get': ({ view, ...query }) => ({
      generation,
      ...buildSeries(source, rows.order(view), query),
    }),
    'ranking/get': ({ view, scheme, count: wanted }) => {
      const sort = `sqnr${scheme}` as 'sqnr0';
      const order = rows.order({ ...view, sort, descending: false, grouped: false, collapsed: [] });
      return { generation, worst: rankWorst(source, order, { scheme, count: wanted }) };
    },
    'selection/set': () => null,
  };
}

function documentView(tensors: number): DocumentView {
  const byteLength = tensors * 2 ** 25;
  return {
    ...{ generation: 1, fileName: 'made-up.safetensors', error: null },
    summary: {
      ...{ format: 'safetensors', tensors, parameters: tensors * 2 ** 24, byteLength },
      ...{ dtypes: [{ dtype: 'BF16', tensors, byteLength }], shards: 1, metadata: [] },
      ...{ findings: [], copiedFrom: null },
    },
    analysis: {
      ...{ state: 'done', doneTensors: tensors, totalTensors: tensors },
      ...{ doneBytes: byteLength, totalBytes: byteLength, current: [], failed: 0, sampleBytes: 0 },
    },
    ...{ disk: 'same', schemes, schemeFacts: schemes.map(() => null), shownScheme: null },
    ...{ sigma: 6, selected: null, raw: false, packed: 0 },
  };
}

const page = globalThis as unknown as {
  tensorCount: number;
  savedState: unknown;
  acquireVsCodeApi(): unknown;
};

/** What VS Code gives to a page; messages pass as copies, as they do there. */
page.acquireVsCodeApi = () => {
  let receive: (message: unknown) => void = () => undefined;
  serve<DocumentRequests>(
    {
      post: message => window.postMessage(structuredClone(message)),
      onMessage(listener) {
        receive = listener;
        return () => undefined;
      },
    },
    handlersOf(page.tensorCount) as Handlers<DocumentRequests>,
  );
  return {
    postMessage: (message: unknown) => setTimeout(() => receive(structuredClone(message))),
    getState: () => page.savedState,
    setState(state: unknown) {
      page.savedState = state;
    },
  };
};
