import { expect, test, vi } from 'vitest';
import type { Uri } from 'vscode';
import { type KnownModel, nearestFirst } from '../../../../src/host/files/index';
import { statusFor } from '../../../../src/host/views/defaultStatus';

vi.mock('vscode', async () => (await import('./fakeVscode')).fakeVscode);

const uriOf = (path: string) => ({ path, toString: () => `file://${path}` }) as Uri;
const known = (path: string, more: Partial<KnownModel> = {}) =>
  ({ uri: uriOf(path), document: undefined, ...more }) as KnownModel;
const open = { document: {} as NonNullable<KnownModel['document']> };
const code = uriOf('/w/a/train.py');

test('names are looked up in the chosen model, else in an open one, else near the code', () => {
  const order = (models: readonly KnownModel[]) =>
    nearestFirst(
      models.map(each => ({ known: each, tensor: 0 })),
      code,
    ).map(place => place.known.uri.path);
  const models = [known('/w/far/m.gguf'), known('/w/a/near.gguf'), known('/w/open.gguf', open)];
  expect(order(models)).toEqual(['/w/open.gguf', '/w/a/near.gguf', '/w/far/m.gguf']);
  const chosen = [known('/w/far/m.gguf', { isDefault: true }), ...models.slice(1)];
  expect(order(chosen)).toEqual(['/w/far/m.gguf', '/w/open.gguf', '/w/a/near.gguf']);
});

test('the status bar names it', () => {
  const near = known('/w/a/near.gguf');
  const far = known('/w/far/m.gguf');
  expect(statusFor([], code)).toBeUndefined();
  expect(statusFor([far, near], code)?.text).toBe('$(graph) near.gguf');
  expect(statusFor([far, near], code)?.tooltip).toContain('a/near.gguf: the open or nearest');
  expect(statusFor([near, far], far.uri)?.text).toBe('$(graph) m.gguf');
  const chosen = known('/w/far/m.gguf', { isDefault: true });
  expect(statusFor([near, chosen], near.uri)).toEqual({
    text: '$(star-full) m.gguf',
    tooltip: 'Names of tensors are looked up first in far/m.gguf, which was chosen.',
  });
});
