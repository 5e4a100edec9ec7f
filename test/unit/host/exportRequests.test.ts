import { expect, test, vi } from 'vitest';
import type { ModelDocument } from '../../../src/host/editor/document';
import type { RequestHost } from '../../../src/host/editor/requests/common';
import { exportHandlers } from '../../../src/host/editor/requests/export';
import { createRows } from '../../../src/host/editor/rows';
import type { Saving } from '../../../src/host/editor/saver';
import type { ExportWish } from '../../../src/protocol/export';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import { analysis, entry, report, view } from './fakes';

type Status = 'done' | 'waiting' | 'failed' | 'sampled' | 'first';

/** A document whose tensors are so far, under two schemes (`first`: under the first of them only), and what is saved of it. */
function open(statuses: readonly Status[]) {
  const tensors = statuses.map((_, i) => entry(`layers.${i}`));
  const result = (id: number): TensorAnalysis | null => {
    if (statuses[id] === 'waiting' || statuses[id] === 'failed') return null;
    return analysis({
      reports: [
        report(),
        statuses[id] === 'first' ? null : report({ scheme: 'int4', sqnrDb: 20 + id }),
      ],
      gaussianSqnrDb: [null, 21],
      schemeFindings: [[], []],
      sampled: statuses[id] === 'sampled' ? 0.5 : 1,
    });
  };
  const status = (id: number) => {
    const it = statuses[id]!;
    return it === 'first' ? 'waiting' : it;
  };
  const error = (id: number) =>
    statuses[id] === 'failed' ? { tag: 'io', message: 'it ends too early' } : null;
  const rows = createRows({
    tensors,
    version: () => 0,
    figures: id => ({
      ...{ status: status(id), absMax: null, std: null, outliers: null, findings: 0 },
      ...{ sqnrDb: [40, 20 + id], gaussianSqnrDb: [null, 21] },
    }),
  });
  const summary = {
    ...{ format: 'npz', tensors: tensors.length, parameters: 6, byteLength: 24, dtypes: [] },
    ...{ shards: 1, metadata: [], findings: [], copiedFrom: null },
  };
  const model = { tensors, findings: [], files: [] };
  const document = {
    loaded: { model, rows, summary, sigma: 6, analysis: { result, status, error } },
    view: () => ({
      fileName: 'net.safetensors',
      schemes: ['int8', 'int4'],
      schemeFacts: [null, null],
    }),
  };
  const save = vi.fn(
    async ({ name, ending }: Saving): Promise<string | null> => `${name}.${ending}`,
  );
  const handlers = exportHandlers({
    document: document as unknown as ModelDocument,
    services: {} as RequestHost['services'],
    strings: null,
    exporting: { saver: { save, open: vi.fn() }, version: '1.2.3' },
    reopenWith: async () => {},
    onInternalError: () => {},
  });
  const { signal } = new AbortController();
  const ask = async (wish: ExportWish) =>
    handlers['export/save'](wish, { signal, progress: () => {} });
  const saved = () => new TextDecoder().decode(save.mock.calls.at(-1)![0].bytes);
  return { ask, save, saved };
}

test('a table has all rows, in the order and with the filter of its view', async () => {
  const { ask, saved } = open(['done', 'waiting', 'done', 'done']);
  const wanted = view({ sort: 'sqnr1', descending: true, filter: '/[023]$/' });
  await expect(ask({ kind: 'csv', view: wanted, schemes: [1] })).resolves.toEqual({
    saved: 'net.quantscope.csv',
  });
  const [head, ...rows] = saved().trimEnd().split('\r\n');
  expect(rows.map(row => row.split(',')[0])).toEqual(['layers.3', 'layers.2', 'layers.0']);
  expect(head).toContain('SQNR dB (int4)');
  expect(head).not.toContain('int8');
});

test('closed groups do not take rows from a table', async () => {
  const { ask, saved } = open(['done', 'done']);
  const wanted = view({ grouped: true, collapsed: ['layers'] });
  await ask({ kind: 'csv', view: wanted, schemes: [] });
  expect(saved().trimEnd().split('\r\n')).toHaveLength(3);
});

test('figures as JSON are of one scheme, and say what is missing', async () => {
  const { ask, saved, save } = open(['done', 'waiting', 'failed', 'sampled']);
  await ask({ kind: 'quantizeJson', scheme: 1 });
  expect(save.mock.calls[0]![0]).toMatchObject({ name: 'net.int4', ending: 'json' });
  const { scheme, tensors, findings } = JSON.parse(saved());
  expect(scheme).toBe('int4');
  expect(tensors.map((t: { name: string }) => t.name)).toEqual(['layers.0', 'layers.3']);
  expect(tensors[1].sqnrDb).toBe(23);
  const messages = findings.map((f: { message: string }) => f.message);
  expect(messages).toEqual([
    expect.stringContaining('1 of 4 tensors had no figures'),
    expect.stringContaining('1 of 4 tensors are estimates'),
    '"layers.2" has no figures: it ends too early',
  ]);
});

test('a scheme whose figures are all there misses none, whatever others wait for', async () => {
  const { ask, saved } = open(['done', 'first']);
  await ask({ kind: 'quantizeJson', scheme: 0 });
  expect(JSON.parse(saved())).not.toHaveProperty('findings');
  await ask({ kind: 'statsJson' });
  expect(JSON.parse(saved())).not.toHaveProperty('findings');
  await ask({ kind: 'quantizeJson', scheme: 1 });
  expect(JSON.parse(saved()).tensors).toHaveLength(1);
  expect(JSON.parse(saved()).findings).toHaveLength(1);
});

test.each(['html', 'markdown'] as const)('a report as %s says what is missing', async kind => {
  const { ask, saved } = open(['done', 'waiting', 'failed', 'sampled']);
  await ask({ kind });
  const text = saved().replace(/\\/g, '');
  for (const part of [
    'not complete: 1 of 4',
    'estimates from a sample',
    '1 of 4 tensors could not',
  ])
    expect(text).toContain(part);
});

test('a chart is of the layers that are shown', async () => {
  const { ask, saved, save } = open(['done', 'done', 'done']);
  const wish = { kind: 'svg', chart: 'sqnr', view: view(), hidden: [0], log: false } as const;
  await ask({ ...wish, range: { from: 1, to: 3 } });
  expect(save.mock.calls[0]![0]).toMatchObject({ name: 'net.sqnr', ending: 'svg' });
  expect(saved()).toMatch(/^<\?xml[^>]*>\n<svg /);
  expect(saved()).toContain('>layers.1<');
  expect(saved()).not.toContain('>layers.0<');
});

test('nothing is said to be saved when the user gives no place', async () => {
  const { ask, save } = open(['done']);
  save.mockResolvedValue(null);
  await expect(ask({ kind: 'html' })).resolves.toEqual({ saved: null });
});

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0);

test('a picture of the page is saved as it is', async () => {
  const { ask, save } = open(['done']);
  await ask({ kind: 'png', name: 'mse', bytes: png });
  expect(save.mock.calls[0]![0]).toEqual({ name: 'net.mse', ending: 'png', bytes: png });
});

test.each([
  ['a picture that is none', { kind: 'png', name: 'mse', bytes: new Uint8Array(9) }],
  ['a name that is a path', { kind: 'png', name: '../x', bytes: png }],
  ['an unknown kind', { kind: 'exe' }],
  ['an unknown chart', { kind: 'svg', chart: 'x', view: view(), hidden: [], log: false }],
  ['a fifth scheme', { kind: 'quantizeJson', scheme: 4 }],
  ['a scheme that is gone', { kind: 'quantizeJson', scheme: 2 }],
])('%s is refused', async (_, wish) => {
  const { ask, save } = open(['done']);
  await expect(ask(wish as ExportWish)).rejects.toThrow();
  expect(save).not.toHaveBeenCalled();
});
