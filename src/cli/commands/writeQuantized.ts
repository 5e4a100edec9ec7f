import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type DType, dtypeInfo } from '../../formats/dtype';
import { encoderFor } from '../../formats/encode';
import { storedBytes } from '../../formats/storedBytes';
import type { Finding, Model, TensorEntry } from '../../formats/tensorFile';
import { openTensor } from '../../formats/tensorSource';
import type { Scheme } from '../../quant/scheme';
import type { Watch } from '../../worker/desk';
import { nodeFileSystem } from '../../worker/fileSystem';
import { locate } from '../locate';
import { type Analyzed, analyze, eachTensor, type OnProgress, sizeOf, type Work } from '../model';
import { type OutputFile, writeFiles } from '../output';
import {
  codePartsOf,
  codesBeside,
  type FilePlan,
  type Part,
  type PlannedFile,
  planFiles,
  type Wanted,
} from './quantizedPlan';

/** What came of it. */
export interface WrittenModel {
  /** Of the chosen tensors, in the model's order: the figures are computed in the passes that write. */
  readonly results: readonly Analyzed[];
  readonly written: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Writes the model that FILE stands for to the folder `out` as safetensors, in its own dtypes: chosen tensors that the
 * scheme fits as what it makes of them, all others as they are. With `codes` also codes, scales and zero points, in a
 * second file. Files appear when all are complete. Memory is bounded by the chunk.
 * @param work what is computed of the chosen tensors, with the one scheme of `wanted`
 * @throws FileError for a file that must not or cannot be written, and what reading throws
 */
export async function writeQuantized(
  file: string,
  model: Model,
  wanted: Wanted & { readonly force: boolean },
  work: Work,
): Promise<WrittenModel> {
  const opened = await locate(file);
  const { files, findings } = await planFiles(opened, model, wanted);
  const index = model.format === 'safetensors-index' ? opened : null;
  const planned = files.flatMap(f => [f.model, ...(f.codes ? [f.codes] : [])]);
  const written = planned.map(p => p.target);
  if (index !== null) written.push(path.join(wanted.out, path.basename(index)));
  const inputs = [...model.files.map(f => f.path), ...(index === null ? [] : [index])];
  const rules = { inputs, replace: wanted.force, makeFolders: true };
  const results = await writeFiles(written, rules, async outputs => {
    const open = new Map(planned.map((p, i) => [p, { ...p, file: outputs[i]! }]));
    for (const { header, file } of open.values()) file.put(header, 0);
    if (index !== null) outputs.at(-1)!.put(await readFile(index), 0);
    return writeTensors(model, files, { ...wanted, work, fileOf: plan => open.get(plan)! });
  });
  return { results, written, findings: [...findings, ...(await staleCodes(files))] };
}

/** Codes of an earlier run that no longer belong to the model beside them. */
async function staleCodes(files: readonly FilePlan[]): Promise<Finding[]> {
  const beside = files.filter(f => !f.codes).map(f => codesBeside(f.model.target));
  const found = await Promise.all(
    beside.map(file =>
      access(file).then(
        () => file,
        () => null,
      ),
    ),
  );
  return found.flatMap(file =>
    file === null
      ? []
      : [
          {
            severity: 'warning' as const,
            message: `${file} is of an earlier run: its codes are not those of this model`,
          },
        ],
  );
}

/** A file that is open for writing. */
interface OpenFile extends PlannedFile {
  readonly file: OutputFile;
}

async function writeTensors(
  model: Model,
  files: readonly FilePlan[],
  how: Wanted & { work: Work; fileOf: (plan: PlannedFile) => OpenFile },
): Promise<Analyzed[]> {
  const done = new Map<TensorEntry, Analyzed>();
  const { scheme, chosen, work, fileOf } = how;
  const jobs = files.flatMap(plan => plan.tensors.map(entry => ({ entry, plan })));
  await eachTensor(jobs, async ({ entry, plan }, progress) => {
    const to = fileOf(plan.model);
    const writer = plan.quantized.has(entry)
      ? tensorWriter(scheme, entry, { model: to, codes: plan.codes && fileOf(plan.codes) })
      : null;
    if (chosen.has(entry)) {
      const analysis = await analyze(model, entry, { ...work, progress, ...writer?.watch });
      done.set(entry, { entry, analysis });
    }
    if (writer) writer.check();
    else await copy(model, entry, to, progress);
  });
  return [...chosen].flatMap(entry => done.get(entry) ?? []);
}

async function copy(
  model: Model,
  entry: TensorEntry,
  { file, offsets }: OpenFile,
  onProgress: OnProgress,
): Promise<void> {
  const source = await openTensor(nodeFileSystem, entry, sizeOf(model, entry));
  try {
    const start = offsets.get(entry.name)!;
    let done = 0;
    for await (const bytes of storedBytes(source, entry)) {
      file.put(bytes, start + done);
      await file.flush();
      done += bytes.length;
      onProgress(done / source.size);
    }
  } finally {
    await source.close();
  }
}

/** Takes what a run does to a tensor to its places in the files, tile by tile. */
function tensorWriter(
  scheme: Scheme,
  entry: TensorEntry,
  to: { readonly model: OpenFile; readonly codes: OpenFile | undefined },
): { watch: Watch; check(): void } {
  const { name } = entry;
  const parts = to.codes && codePartsOf(scheme, entry);
  const place = (suffix: 'codes' | 'scale' | 'zeroPoint') => {
    const part = parts?.[suffix];
    return to.codes && part ? placed(to.codes, `${name}.${suffix}`, part) : null;
  };
  const results = sequence(placed(to.model, name, entry));
  const codes = place('codes');
  const codeSequence = codes && sequence(codes);
  const columns = [place('scale'), place('zeroPoint')].map(p => p && column(p));
  const [scales, zeroPoints] = columns;
  return {
    watch: {
      listeners: [
        {
          piece(piece) {
            results.append(piece.results);
            codeSequence?.append(piece.codes);
          },
          settled(segment, { params }) {
            if (!params) return;
            scales?.set(segment, params.scale);
            zeroPoints?.set(segment, params.zeroPoint);
          },
        },
      ],
      async afterTile() {
        for (const c of columns) c?.release();
        await to.model.file.flush();
        await to.codes?.file.flush();
      },
    },
    check() {
      for (const part of [results, codeSequence, ...columns]) part?.check();
    },
  };
}

/** Where a tensor of a dtype is written, and how many elements it has. */
interface Place {
  readonly file: OutputFile;
  readonly position: number;
  readonly dtype: DType;
  readonly count: number;
}

function placed({ file, offsets }: OpenFile, name: string, { dtype, shape }: Part): Place {
  return {
    file,
    position: offsets.get(name)!,
    dtype,
    count: shape.reduce((a, b) => a * b, 1),
  };
}

/** Elements that come in order. */
function sequence({ file, position, dtype, count }: Place) {
  const encode = encoderFor(dtype);
  let done = 0;
  let at = position;
  return {
    append(values: Float32Array | Int32Array) {
      const bytes = encode(values);
      file.put(bytes, at);
      at += bytes.length;
      done += values.length;
    },
    check: () => checkCount(done, count),
  };
}

/** Elements of whole bytes that come with their numbers, mostly in order: neighbours are written together. */
function column({ file, position, dtype, count }: Place) {
  const encode = encoderFor(dtype);
  const bytesPerElement = dtypeInfo(dtype).bits / 8;
  let held: number[] = [];
  let first = 0;
  let done = 0;
  const release = () => {
    if (held.length > 0) file.put(encode(held), position + first * bytesPerElement);
    first += held.length;
    held = [];
  };
  return {
    set(index: number, value: number) {
      if (index !== first + held.length) {
        release();
        first = index;
      }
      held.push(value);
      done++;
    },
    release,
    check: () => checkCount(done, count),
  };
}

/** What was not written would read as zeros. */
function checkCount(done: number, count: number): void {
  if (done !== count) throw new Error(`${done} of ${count} elements were written`);
}
