import { expect, test } from 'vitest';
import type { Model, TensorEntry } from '../../../../src/formats/tensorFile';
import type { KnownModel } from '../../../../src/host/files/index';
import { childrenOf, nameOfElement, type TreeElement } from '../../../../src/host/views/modelTree';
import { entry } from '../fakes';

function modelOf(tensors: readonly TensorEntry[]): TreeElement {
  const model: Model = {
    ...{ format: 'safetensors', metadata: {}, findings: [], files: [] },
    tensors,
  };
  return { kind: 'model', known: { model } as KnownModel };
}

const labels = (elements: readonly TreeElement[]) =>
  elements.map(e =>
    e.kind === 'group' ? `${e.group.label}/` : e.kind === 'tensor' ? e.label : e.kind,
  );

test('groups are opened one by one, numbers in their order', () => {
  const names = ['b.10.q.weight', 'b.2.q.weight', 'b.2.k.weight', 'b.10.k.weight', 'a.weight'];
  const model = modelOf(names.map(name => entry(name)));
  const top = childrenOf(model);
  expect(labels(top)).toEqual(['a.weight', 'b/']);
  const layers = childrenOf(top[1]!);
  expect(labels(layers)).toEqual(['2/', '10/']);
  const [k, q] = childrenOf(layers[1]!);
  expect(labels([k!, q!])).toEqual(['k.weight', 'q.weight']);
  expect(nameOfElement(q!)).toBe('b.10.q.weight');
  expect(nameOfElement(layers[1]!)).toBe('b.10');
  expect(nameOfElement(model)).toBeUndefined();
  expect(childrenOf(q!)).toEqual([]);
});

test('a list of very many ends with how many more there are', () => {
  const children = childrenOf(modelOf(Array.from({ length: 1234 }, (_, i) => entry(`t${i}`))));
  expect(children).toHaveLength(1001);
  expect(children.at(-1)).toMatchObject({ kind: 'rest', count: 234 });
});
