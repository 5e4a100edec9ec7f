import { describe, expect, it, test } from 'vitest';
import type { Memento, Uri } from 'vscode';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { defaultSchemes, storedSchemes, storeSchemes } from '../../../src/host/editor/schemeStore';
import { DocumentSchemes, targetOf } from '../../../src/host/editor/schemes';
import type { SchemeTarget } from '../../../src/protocol/worker';
import { describeScheme } from '../../../src/worker/schemeDescription';
import { entry } from './fakes';

/** A workspace's state, in memory. */
function openState(begin: unknown = undefined): Memento {
  const values = new Map<string, unknown>([['quantscope.schemes', begin]]);
  return {
    keys: () => Array.from(values.keys()),
    get: (key: string) => values.get(key),
    update: async (key: string, value: unknown) => void values.set(key, structuredClone(value)),
  } as Memento;
}

const uriOf = (name: string) => ({ toString: () => `file:///${name}` }) as Uri;

describe('schemes that were chosen', () => {
  it('are remembered by file; others have the default', async () => {
    const state = openState();
    await storeSchemes(state, uriOf('a'), ['int4', 'nf4']);
    await storeSchemes(state, uriOf('b'), ['q4_k']);
    expect(storedSchemes(state, uriOf('a'))).toEqual(['int4', 'nf4']);
    expect(storedSchemes(state, uriOf('b'))).toEqual(['q4_k']);
    expect(storedSchemes(state, uriOf('c'))).toEqual(defaultSchemes);
    await storeSchemes(state, uriOf('a'), defaultSchemes);
    expect(storedSchemes(state, uriOf('a'))).toEqual(defaultSchemes);
  });

  it('of 200 files are remembered, those chosen for last', async () => {
    const state = openState();
    for (let i = 0; i < 201; i++) await storeSchemes(state, uriOf(`${i}`), ['int4']);
    await storeSchemes(state, uriOf('1'), ['nf4']);
    await storeSchemes(state, uriOf('201'), ['int4']);
    expect(storedSchemes(state, uriOf('0'))).toEqual(defaultSchemes);
    expect(storedSchemes(state, uriOf('1'))).toEqual(['nf4']);
    expect(storedSchemes(state, uriOf('2'))).toEqual(defaultSchemes);
    expect(storedSchemes(state, uriOf('3'))).toEqual(['int4']);
  });

  it.each([
    ['no list', 'int8'],
    ['no pairs', [['file:///a', 'int4']]],
    ['no schemes', [['file:///a', []]]],
    ['too many schemes', [['file:///a', ['a', 'b', 'c', 'd', 'e']]]],
  ])('and cannot be read count as none: %s', async (_, begin) => {
    const state = openState(begin);
    expect(storedSchemes(state, uriOf('a'))).toEqual(defaultSchemes);
    await storeSchemes(state, uriOf('a'), ['nf4']);
    expect(storedSchemes(state, uriOf('a'))).toEqual(['nf4']);
  });
});

/** Schemes of a document whose worker answers when `gate` lets it. */
function open(
  state = openState(),
  gate: (text: string) => Promise<void> = async () => {},
  onChange = () => {},
) {
  const request = async (_: string, asked: { text: string; model: SchemeTarget }) => {
    await gate(asked.text);
    return describeScheme(asked.text, asked.model);
  };
  const pool = () => ({ request }) as never;
  return new DocumentSchemes({ uri: uriOf('m'), state, pool, onChange });
}

describe('schemes of a document', () => {
  const model = { tensors: [entry('w', [64, 128])] };

  it('are the default at first, with facts once the model is known', async () => {
    const schemes = open();
    expect(schemes.texts).toEqual(defaultSchemes);
    expect(schemes.facts).toEqual([null, null]);
    await schemes.setModel(model);
    expect(schemes.facts.map(f => f?.bitsPerWeight)).toEqual([8.25, 8 + 40 / 8192]);
    expect(schemes.facts[0]?.byteLength).toBe(64 * 128 + 64 * 4);
  });

  it('are kept as their shortest texts, those that mean the same once, and remembered', async () => {
    const state = openState();
    const schemes = open(state);
    await schemes.setModel(model);
    await schemes.set(['INT4 sym  group=64', 'int4-g64', 'mxfp4']);
    expect(schemes.texts).toEqual(['int4 group=64', 'mxfp4']);
    expect(schemes.facts.map(f => f?.bitsPerWeight)).toEqual([4.5, 4.25]);
    expect(open(state).texts).toEqual(['int4 group=64', 'mxfp4']);
  });

  it('stay as they are when a text is bad, and the reason is told', async () => {
    const schemes = open();
    await expect(schemes.set(['int4', 'int99'])).rejects.toMatchObject({
      tag: 'unsupported',
      message: 'unknown grid "int99"; did you mean "int8"?',
    });
    expect(schemes.texts).toEqual(defaultSchemes);
  });

  it('are those that were set last, whichever answer comes first', async () => {
    let letGo = () => {};
    const slow = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const schemes = open(openState(), text => (text === 'int2' ? slow : Promise.resolve()));
    const first = schemes.set(['int2']);
    await schemes.set(['int3']);
    letGo();
    await expect(first).rejects.toMatchObject({ tag: 'cancelled' });
    expect(schemes.texts).toEqual(['int3']);
  });

  it('that were remembered and cannot be read any more are left out', async () => {
    const some = open(openState([['file:///m', ['int4', 'from another version']]]));
    await some.setModel(model);
    expect(some.texts).toEqual(['int4']);
    const none = open(openState([['file:///m', ['from another version']]]));
    await none.setModel(model);
    expect(none.texts).toEqual(defaultSchemes);
    expect(none.facts).not.toContain(null);
  });

  it('have facts of the model that is shown, also when it became another one meanwhile', async () => {
    let letGo = () => {};
    let slow = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const schemes = open(openState(), text => (text === 'int4' ? slow : Promise.resolve()));
    await schemes.setModel(model);
    const set = schemes.set(['int4']);
    await schemes.setModel({ tensors: [entry('w', [32, 64])] });
    letGo();
    slow = Promise.resolve();
    await set;
    expect(schemes.facts.map(f => f?.byteLength)).toEqual([32 * 32 + 32 * 4]);
  });

  it('are never shown beside figures of those before, however long remembering them takes', async () => {
    const state = openState();
    const told: string[][] = [];
    const schemes = open(state, undefined, () => told.push([...schemes.texts]));
    await schemes.setModel(model);
    let asBefore = schemes.texts;
    state.update = async () => {
      asBefore = told.at(-1) ?? asBefore;
      throw new Error('the disk is full');
    };
    await expect(schemes.set(['nf4 group=64', 'int4'])).rejects.toThrow('disk');
    expect(asBefore).toEqual(schemes.texts);
    expect(told).toEqual([[...schemes.texts]]);
  });
});

test('a scheme is laid over matrices of floats, by shape; all else stays as it is stored', () => {
  const int: TensorEntry = { ...entry('i', [4, 4]), dtype: 'I32' };
  const packed = { ...entry('p', [8, 16]), dtype: 'F16', packed: {} } as TensorEntry;
  const small = { ...packed, data: { ...packed.data, byteLength: 70 } };
  const tensors = [entry('a', [8, 16]), small, entry('c', [2, 3, 4]), entry('norm', [16]), int];
  expect(targetOf({ tensors: [...tensors, entry('none', [0, 4])] })).toEqual({
    matrices: [
      { rows: 8, cols: 16, count: 2, byteLength: 8 * 16 * 4 + 70 },
      { rows: 2, cols: 12, count: 1, byteLength: 96 },
    ],
    otherBytes: 64 + 64,
  });
});
