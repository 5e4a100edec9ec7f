import { WeightError } from '../../base/errors';
import { about } from '../../base/fileError';
import { formatBytes, formatShape } from '../../base/format';
import { chunkBytes } from '../../base/limits';
import { openRows } from '../../checkpoints/rows';
import { encoderFor } from '../../formats/encode';
import { npyHeader } from '../../formats/npyHeader';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import { figuresOf } from '../../worker/analysis';
import { nodeFileSystem } from '../../worker/fileSystem';
import { type OutputFile, writeFiles } from '../../write/output';
import { removeWhenInterrupted } from '../interrupted';
import { openFile, sizeOf } from '../model';
import { named } from '../select';

/** `quantscope dump FILE --tensor NAME --out X.npy`: one weight as float32 .npy, C order, the tensor's shape. */
export async function dumpCommand(
  file: string,
  options: { tensor: string; out: string; raw?: boolean },
): Promise<string> {
  const model = await openFile(file);
  const entry = named(model, options.tensor, options.raw);
  if (!figuresOf(entry).statistics)
    throw new WeightError(
      'unsupported',
      `tensor ${JSON.stringify(entry.name)} is ${entry.dtype}: complex numbers have no float32 form`,
    );
  const inputs = model.files.map(f => f.path);
  const rules = { inputs, replace: true, makeFolders: false, guard: removeWhenInterrupted };
  await writeFiles([options.out], rules, ([out]) =>
    about(entry.data.path, () => copyRows(model, entry, out!)),
  );
  return `${options.out}: <f4 ${formatShape(entry.shape)}, ${formatBytes(4 * entry.count)}\n`;
}

async function copyRows(model: Model, entry: TensorEntry, out: OutputFile): Promise<void> {
  const fileSize = sizeOf(model, entry);
  const { stream, close } = await openRows(nodeFileSystem, entry, { fileSize, chunkBytes });
  try {
    const encode = encoderFor('F32');
    const header = npyHeader('<f4', entry.shape);
    out.put(header, 0);
    let position = header.length;
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) {
        const bytes = encode(data);
        out.put(bytes, position);
        position += bytes.length;
        await out.flush();
      }
  } finally {
    await close();
  }
}
