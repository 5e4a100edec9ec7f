import { describe, expect, test } from 'vitest';
import { openModel } from '../../../../src/formats/model';
import { memoryFiles } from '../../countingSource';
import { floats, gguf, values as v } from './build';

const part = (index: number, names: readonly string[], { count = 3, total = 4 } = {}) =>
  gguf({
    values: [
      ['split.no', v.u16(index)],
      ['split.count', v.u16(count)],
      ['split.tensors.count', v.i32(total)],
      ...(index === 0 ? ([['general.name', v.string('whole')]] as const) : []),
    ],
    tensors: names.map(name => ({ name, sizes: [4], type: 0, data: floats(4) })),
  });
const name = (n: number) => `m/model-0000${n}-of-00003.gguf`;
const whole = {
  [name(1)]: part(0, []),
  [name(2)]: part(1, ['a', 'b']),
  [name(3)]: part(2, ['c', 'd']),
};

describe('a model in three parts', () => {
  test.each([1, 2, 3])('opens from part %d', async n => {
    const fs = memoryFiles(whole);
    const { tensors, files, findings, metadata, format } = await openModel(fs, name(n));
    expect([format, findings]).toEqual(['gguf', []]);
    expect(tensors.map(t => [t.name, t.data.path])).toEqual([
      ['a', name(2)],
      ['b', name(2)],
      ['c', name(3)],
      ['d', name(3)],
    ]);
    expect(files).toEqual(
      [1, 2, 3].map(i => ({ path: name(i), byteLength: whole[name(i)]!.length })),
    );
    expect(metadata['general.name']).toBe('whole');
    expect([...fs.counts.values()].every(c => c.open === 0)).toBe(true);
  });

  test('without one of them shows the others', async () => {
    const { [name(3)]: _, ...rest } = whole;
    const fs = memoryFiles(rest);
    const { tensors, findings } = await openModel(fs, name(2));
    expect(tensors.map(t => t.name)).toEqual(['a', 'b']);
    expect(findings).toEqual([
      {
        severity: 'error',
        message: 'part "model-00003-of-00003.gguf": the file does not exist',
      },
    ]);
  });

  test('with one that is bad shows the others, and is refused itself', async () => {
    const fs = memoryFiles({ ...whole, [name(3)]: whole[name(3)]!.slice(0, 100) });
    const { tensors, findings } = await openModel(fs, name(1));
    expect(tensors.map(t => t.name)).toEqual(['a', 'b']);
    expect(findings.map(f => f.severity)).toEqual(['error']);
    await expect(openModel(fs, name(3))).rejects.toMatchObject({ tag: 'truncated' });
    expect([...fs.counts.values()].every(c => c.open === 0)).toBe(true);
  });

  test('whose parts disagree says so', async () => {
    const fs = memoryFiles({ ...whole, [name(3)]: part(1, ['b', 'c']) });
    const { tensors, findings } = await openModel(fs, name(1));
    expect(tensors.map(t => t.name)).toEqual(['a', 'b', 'c']);
    expect(findings.map(f => f.message)).toEqual([
      'part "model-00003-of-00003.gguf" says that it is part 2 of 3',
      'part "model-00003-of-00003.gguf" has tensor "b", which an earlier part has too; left out',
      'the first part says that there are 4 tensors, but all parts together have 3',
    ]);
  });

  test('of which one has another name is shown alone', async () => {
    const fs = memoryFiles({ 'm/renamed.gguf': whole[name(2)]!, ...whole });
    const { tensors, findings, files } = await openModel(fs, 'm/renamed.gguf');
    expect(tensors.map(t => t.name)).toEqual(['a', 'b']);
    expect(files.length).toBe(1);
    expect(findings).toMatchObject([{ severity: 'warning' }]);
    expect(findings[0]!.message).toMatch(/one of 3 parts/);
  });
});

test('a count of 65 535 parts looks for none', async () => {
  const fs = memoryFiles({ 'x-00001-of-65535.gguf': part(0, ['a'], { count: 65535 }) });
  const { findings } = await openModel(fs, 'x-00001-of-65535.gguf');
  expect(findings.length).toBe(1);
  expect([...fs.counts.keys()]).toEqual(['x-00001-of-65535.gguf']);
});
