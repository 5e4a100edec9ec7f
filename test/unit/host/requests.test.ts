import { expect, test, vi } from 'vitest';
import type { ModelDocument } from '../../../src/host/editor/document';
import { editorHandlers } from '../../../src/host/editor/requests/all';
import type { RequestHost } from '../../../src/host/editor/requests/common';
import { entry } from './fakes';

/** A document of two tensors in its second generation. */
function open() {
  const stored = vi.fn(async () => null);
  const tensors = [entry('a'), entry('b')];
  const document = { generation: 2, loaded: { model: { tensors } }, stored };
  const handlers = editorHandlers({
    document: document as unknown as ModelDocument,
    services: {} as RequestHost['services'],
    strings: null,
    reopenWith: async () => {},
    onInternalError: (_, e) => expect.unreachable(String(e)),
  });
  const { signal } = new AbortController();
  const ask = async (generation: number, tensor: number) =>
    handlers['tensor/stored']({ tensor: { generation, tensor } }, { signal, progress: () => {} });
  return { ask, stored, signal };
}

test('stored parameters are asked for in the generation that is shown', async () => {
  const { ask, stored, signal } = open();
  await expect(ask(2, 1)).resolves.toBeNull();
  expect(stored.mock.calls).toEqual([[1, signal]]);
});

test.each([
  ['an earlier generation', 1, 1],
  ['a later generation', 3, 1],
  ['a tensor that is not there', 2, 2],
])(
  'stored parameters of %s are cancelled, not those of another tensor',
  async (_, generation, tensor) => {
    const { ask, stored } = open();
    await expect(ask(generation, tensor)).rejects.toMatchObject({ tag: 'cancelled' });
    expect(stored).not.toHaveBeenCalled();
  },
);
