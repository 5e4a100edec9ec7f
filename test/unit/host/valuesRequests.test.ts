import { expect, test, vi } from 'vitest';
import type { ModelDocument } from '../../../src/host/editor/document';
import type { RequestHost } from '../../../src/host/editor/requests/common';
import { valuesHandlers } from '../../../src/host/editor/requests/values';
import { entry } from './fakes';

function open() {
  const request = vi.fn(async (..._: unknown[]) => null);
  const tensors = [entry('a', [4, 8]), entry('b', [2])];
  const { path } = tensors[0]!.data;
  const files = [{ path, byteLength: 999 }];
  const document = { generation: 2, uri: 'file:///m', loaded: { model: { tensors, files } } };
  const onInternalError = vi.fn();
  const handlers = valuesHandlers({
    document: document as unknown as ModelDocument,
    services: { pool: () => ({ request }) } as unknown as RequestHost['services'],
    strings: null,
    reopenWith: async () => {},
    onInternalError,
  });
  const { signal } = new AbortController();
  return { handlers, request, onInternalError, context: { signal, progress: () => {} } };
}

const places = { first: 0, rows: 2, rowStep: 8, cols: 2, colStep: 1 };

test('a page is asked for where the tensor has been looked at before', async () => {
  const { handlers, request, context } = open();
  const tensor = { generation: 2, tensor: 0 };
  await handlers['values/page']({ tensor, scheme: 'int8', places }, context);
  await handlers['values/formula']({ tensor, scheme: 'int8', index: 31 }, context);
  const [page, formula] = request.mock.calls as [string, object, { place: string }][];
  expect(page!.slice(0, 2)).toEqual([
    'values/page',
    expect.objectContaining({ fileSize: 999, scheme: 'int8', places }),
  ]);
  expect(formula![2].place).toBe(page![2].place);
});

test.each([
  ['too many rows', { ...places, rows: 65 }],
  ['no columns', { ...places, cols: 0 }],
  ['a negative step', { ...places, colStep: -1 }],
  ['half an element', { ...places, first: 0.5 }],
  ['too much', { ...places, more: 1 }],
])('%s are refused', async (_, wrong) => {
  const { handlers, request, context } = open();
  const tensor = { generation: 2, tensor: 0 };
  await expect(async () =>
    handlers['values/page']({ tensor, scheme: null, places: wrong }, context),
  ).rejects.toThrow();
  expect(request).not.toHaveBeenCalled();
});

test.each([
  ['another generation', { generation: 1, tensor: 0 }, 0, 'cancelled'],
  ['no such tensor', { generation: 2, tensor: 2 }, 0, 'cancelled'],
  ['beyond its end', { generation: 2, tensor: 1 }, 2, 'malformed'],
])('%s is told apart', async (_, tensor, index, tag) => {
  const { handlers, context } = open();
  await expect(async () =>
    handlers['values/formula']({ tensor, scheme: 'int8', index }, context),
  ).rejects.toMatchObject({ tag });
});
