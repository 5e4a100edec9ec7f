import { type FileSystem, readBytes } from '../base/bytes';
import { WeightError } from '../base/errors';
import type { Model, TensorEntry } from '../formats/tensorFile';

/** A stored tensor whose bytes were read with the headers, since a weight's shape is told by them alone. */
interface ReadEntry extends TensorEntry {
  readonly contents: Uint8Array;
}

/** Tensors that tell what no header does, by the ends of their names: bitsandbytes, compressed-tensors, ComfyUI; HQQ. */
const telling = [
  /\.(quant_state\.bitsandbytes__\w+|weight_format|weight_shape|comfy_quant)$/,
  /\.(shape|nbits|axis|quant_scale|quant_zero)$/,
];
/** Larger ones are none of these. */
const mostBytes = 4096;

/** The bytes of a tensor that were read ahead; undefined where they were not, or could not be. */
export function contentsOf(entry: TensorEntry): Uint8Array | undefined {
  return (entry as Partial<ReadEntry>).contents;
}

/**
 * Reads the few bytes that recognising weights needs beyond the headers.
 * @throws WeightError 'cancelled'
 */
export async function withContents(
  fs: FileSystem,
  model: Model,
  signal?: AbortSignal,
): Promise<Model> {
  const wanted = model.tensors.filter(isTelling);
  if (wanted.length === 0) return model;
  const read = new Map<TensorEntry, Uint8Array>();
  for (const path of new Set(wanted.map(t => t.data.path))) {
    const entries = wanted.filter(t => t.data.path === path);
    await readFrom(fs, path, { entries, read, signal });
  }
  const tensors = model.tensors.map(entry => {
    const contents = read.get(entry);
    return contents ? ({ ...entry, contents } satisfies ReadEntry) : entry;
  });
  return { ...model, tensors };
}

function isTelling({ name, data }: TensorEntry): boolean {
  return data.byteLength <= mostBytes && !data.zip && telling.some(t => t.test(name));
}

/** To read along a gap of so many bytes costs less than another read; a read has at most so many. */
const [widestGap, longestRead] = [64 * 1024, 2 ** 20];

/** Tensors that are read together, in the order of the file. */
function neighbours(entries: readonly TensorEntry[]): TensorEntry[][] {
  const groups: TensorEntry[][] = [];
  for (const entry of entries.toSorted((a, b) => a.data.offset - b.data.offset)) {
    const group = groups.at(-1);
    const isNear =
      group &&
      entry.data.offset - endOf(group.at(-1)!) <= widestGap &&
      endOf(entry) - group[0]!.data.offset <= longestRead;
    if (isNear) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

function endOf({ data }: TensorEntry): number {
  return data.offset + data.byteLength;
}

interface Reading {
  readonly entries: readonly TensorEntry[];
  readonly read: Map<TensorEntry, Uint8Array>;
  readonly signal: AbortSignal | undefined;
}

async function readFrom(fs: FileSystem, path: string, reading: Reading): Promise<void> {
  try {
    const source = await fs.open(path);
    try {
      for (const near of neighbours(reading.entries)) {
        const start = near[0]!.data.offset;
        const bytes = await readBytes(source, start, endOf(near.at(-1)!) - start, reading.signal);
        for (const entry of near)
          reading.read.set(entry, bytes.slice(entry.data.offset - start, endOf(entry) - start));
      }
    } finally {
      await source.close();
    }
  } catch (e) {
    // What cannot be read becomes a finding of its layout, and an error when its values are asked for.
    if (!WeightError.is(e, 'io', 'truncated')) throw e;
  }
}
