import { expect, test } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import { WeightError } from '../../../src/base/errors';
import { contentsOf, withContents } from '../../../src/checkpoints/contents';
import { openModel } from '../../../src/formats/model';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { fixturePath, storedBytes } from './golden';

/** Counts what is opened and read; `fail` is thrown by every read. */
function counting(fail?: WeightError) {
  const counts = { opened: 0, bytes: 0 };
  const fs: FileSystem = {
    ...nodeFileSystem,
    async open(path) {
      counts.opened++;
      const source = await nodeFileSystem.open(path);
      return {
        size: source.size,
        async read(offset, into, signal) {
          if (fail) throw fail;
          counts.bytes += into.byteLength;
          await source.read(offset, into, signal);
        },
        close: () => source.close(),
      };
    },
  };
  return { fs, counts };
}

test.each([
  ['bnb-nf4-double', ['quant_state.bitsandbytes__nf4']],
  ['bnb-int8', ['weight_format']],
  ['ct-int4-g128-asym', ['weight_shape']],
  ['fp8-per-tensor', []],
])(
  '%s: one file is opened for what tells, and no more is read than what lies between',
  async (folder, ends) => {
    const model = await openModel(nodeFileSystem, fixturePath(folder));
    const { fs, counts } = counting();
    const read = (await withContents(fs, model)).tensors.filter(t => contentsOf(t));
    const wanted = model.tensors.filter(t => ends.some(end => t.name.endsWith(`.${end}`)));
    expect(read.map(t => t.name)).toEqual(wanted.map(t => t.name));
    const starts = wanted.map(t => t.data.offset);
    const stops = wanted.map(t => t.data.offset + t.data.byteLength);
    const bytes = ends.length === 0 ? 0 : Math.max(...stops) - Math.min(...starts);
    expect(counts).toEqual({ opened: ends.length, bytes });
    for (const entry of read) expect(contentsOf(entry)).toEqual(await storedBytes(entry));
  },
);

test('a file that cannot be read leaves the tensors as they are', async () => {
  const model = await openModel(nodeFileSystem, fixturePath('bnb-nf4'));
  const { fs } = counting(new WeightError('io', 'gone'));
  expect((await withContents(fs, model)).tensors).toEqual(model.tensors);
});

test('cancelling ends it', async () => {
  const model = await openModel(nodeFileSystem, fixturePath('bnb-nf4'));
  const { fs } = counting(new WeightError('cancelled', 'cancelled'));
  await expect(withContents(fs, model)).rejects.toMatchObject({ tag: 'cancelled' });
});
