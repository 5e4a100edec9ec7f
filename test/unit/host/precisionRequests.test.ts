import { expect, test, vi } from 'vitest';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import type { ModelDocument } from '../../../src/host/editor/document';
import type { RequestHost } from '../../../src/host/editor/requests/common';
import { precisionHandlers } from '../../../src/host/editor/requests/precision';
import { entry } from './fakes';

function open() {
  const request = vi.fn(async (..._: unknown[]) => ({ forms: [], training: [] }));
  const ids: TensorEntry = { ...entry('ids', [5, 5]), dtype: 'I64' };
  const tensors = [entry('a', [4, 8]), entry('b', [2]), ids];
  const wantCasts = vi.fn();
  const see = vi.fn();
  const result = () => null;
  const status = () => 'waiting' as const;
  const document = {
    generation: 2,
    loaded: {
      model: { tensors, files: [] },
      analysis: { wantCasts, see, result, status },
      rows: { modelOrder: () => Int32Array.of(0, 1, 2) },
    },
  };
  const handlers = precisionHandlers({
    document: document as unknown as ModelDocument,
    services: { pool: () => ({ request }) } as unknown as RequestHost['services'],
    strings: null,
    reopenWith: async () => {},
    onInternalError: vi.fn(),
  });
  const { signal } = new AbortController();
  return { handlers, request, wantCasts, see, context: { signal, progress: () => {} } };
}

const view = { format: 'fp16', by: 'share', sort: 'changed', descending: true } as const;

test('sizes are of matrices; what is trained are vectors, too', async () => {
  const { handlers, request, context } = open();
  const sizes = await handlers['precision/sizes'](null, context);
  expect(request.mock.calls[0]!.slice(0, 2)).toEqual([
    'model/sizes',
    {
      matrices: [{ rows: 4, cols: 8, count: 1, byteLength: 128 }],
      otherBytes: 8 + 100,
      parameters: 34,
    },
  ]);
  expect(sizes).toMatchObject({
    generation: 2,
    converted: { tensors: 1, weights: 32 },
    others: { tensors: 2, byteLength: 108 },
    parameters: 34,
  });
});

test('casts are wanted when they are asked for, rows in sight first', async () => {
  const { handlers, wantCasts, see, context } = open();
  await handlers['precision/wantCasts'](null, context);
  expect(wantCasts).toHaveBeenCalledOnce();
  const page = await handlers['casts/page']({ view, from: 1, count: 5 }, context);
  expect(page).toMatchObject({ generation: 2, total: 2, from: 1 });
  expect(see).toHaveBeenCalledWith([1]);
});

test.each([
  ['another format', { ...view, format: 'int8' }],
  ['another figure', { ...view, sort: 'sqnr0' }],
  ['too much', { ...view, more: 1 }],
])('%s is refused', async (_, wrong) => {
  const { handlers, context } = open();
  await expect(async () =>
    handlers['casts/page']({ view: wrong as never, from: 0, count: 5 }, context),
  ).rejects.toThrow();
});
