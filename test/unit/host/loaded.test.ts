import { expect, test, vi } from 'vitest';
import type { Model, Packed, TensorEntry } from '../../../src/formats/tensorFile';
import { createLoaded } from '../../../src/host/editor/loaded';
import type { Services } from '../../../src/host/services';
import { entry } from './fakes';

vi.mock('vscode', () => ({ l10n: { t: (text: string) => text } }));

const services = { settings: () => ({ sigma: 6, workers: 1 }) } as unknown as Services;

/** A weight that counts how often it is asked whether it is packed. */
function counted(name: string, packed: Packed | undefined, onLook: () => void): TensorEntry {
  return Object.defineProperty({ ...entry(name) }, 'packed', {
    get() {
      onLook();
      return packed;
    },
  });
}

test('packed weights are counted once, not at each look at the document', () => {
  const onLook = vi.fn();
  const packed = { scheme: 'GPTQ 4-bit' } as Packed;
  const tensors = [
    counted('a', packed, onLook),
    counted('b', undefined, onLook),
    counted('c', packed, onLook),
  ];
  const model = { tensors, files: [], findings: [], metadata: {} } as unknown as Model;
  const loaded = createLoaded(model, {
    ...{ services, schemes: () => ['int8'], copiedFrom: null, version: () => 0 },
    ...{ onChange: () => {}, onInternalError: e => expect.unreachable(String(e)) },
  });
  onLook.mockClear();
  expect([loaded.packed, loaded.packed]).toEqual([2, 2]);
  expect(onLook).not.toHaveBeenCalled();
});
