import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileSystem } from '../base/bytes';
import { throwIfCancelled } from '../base/errors';
import { storedBytes } from '../formats/storedBytes';
import type { Finding, Model, TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import { configBeside, sideFiles } from './compressedTensors/sideFiles';
import { packedWriter } from './compressedTensors/writer';
import { ValuesPrint } from './fingerprint';
import { type OutputRules, writeFiles } from './output';
import {
  codesBeside,
  type FilePlan,
  type Plan,
  type PlannedFile,
  planFiles,
  type Wanted,
} from './plan';
import { readBack, sizeOf, withPlaces } from './readBack';
import { type OpenFile, sinkOf } from './sinks';
import { codesWriter, type TensorWriter, together, valuesWriter, type Watch } from './tensorWriter';

/** What came of it. */
export interface WrittenModel<A> {
  /** Of the tensors that were looked at, in the model's order: the figures are computed in the passes that write. */
  readonly results: readonly A[];
  readonly written: readonly string[];
  readonly findings: readonly Finding[];
}

/** Told how much of a tensor is done, of 1. */
type OnProgress = (fraction: number) => void;

/** A tensor, and the files that it goes to. */
interface Job {
  readonly entry: TensorEntry;
  readonly plan: FilePlan;
}

/** What writing needs of those who ask for it. */
export interface WriteMeans<A> {
  readonly files: FileSystem;
  readonly signal?: AbortSignal;
  readonly guard?: NonNullable<OutputRules['guard']>;
  /** Quantizes a tensor with the one scheme that is written, told of by `watch`. */
  analyze(entry: TensorEntry, how: Partial<Watch> & { progress: OnProgress }): Promise<A>;
  /** Visits tensors one after another and shows progress. */
  eachTensor(
    jobs: readonly Job[],
    visit: (job: Job, progress: OnProgress) => Promise<void>,
  ): Promise<void>;
}

/**
 * Writes the model that FILE stands for to the folder `out`: chosen tensors that the scheme fits as what it makes of them
 * in the format asked for, all others as they are. With `codes` also codes, scales and zero points, in a second file. What
 * was written is read back and compared; files appear when all are complete and right. Memory is bounded by the chunk.
 * @param opened the file that was opened as the model
 * @throws FileError for a file that must not or cannot be written, and what reading throws; 'cancelled'
 */
export async function writeQuantized<A>(
  { file, model }: { readonly file: string; readonly model: Model },
  wanted: Wanted & { readonly force: boolean },
  means: WriteMeans<A>,
): Promise<WrittenModel<A>> {
  const plan = await planFiles(means.files, { file, model }, wanted);
  const planned = plan.files.flatMap(f => [f.model, ...(f.codes ? [f.codes] : [])]);
  const beside = await besideFiles(file, model, { plan, wanted });
  const written = [...planned, ...beside].map(p => p.target);
  const isSharded = model.format === 'safetensors-index';
  const config = plan.packing && (await exists(configBeside(file))) ? [configBeside(file)] : [];
  const inputs = [...model.files.map(f => f.path), ...(isSharded ? [file] : []), ...config];
  const { guard } = means;
  const rules = { inputs, replace: wanted.force, makeFolders: true, ...(guard && { guard }) };
  const values = new Map<OpenFile, Map<string, ValuesPrint>>();
  let open: OpenFile[] = [];
  const work = async (outputs: Parameters<Parameters<typeof writeFiles>[2]>[0]) => {
    open = planned.map((p, i) => ({ ...p, file: outputs[i]!, prints: new Map() }));
    for (const { header, file } of open) file.put(header, 0);
    beside.forEach(({ bytes }, i) => void outputs[planned.length + i]!.put(bytes, 0));
    const fileOf = (p: PlannedFile) => open[planned.indexOf(p)]!;
    return writeTensors(model, plan, { wanted, means, fileOf, values });
  };
  const results = await writeFiles(written, rules, work, (_, places) =>
    readBack(withPlaces(means.files, places), { files: open, values }),
  );
  const findings = [...plan.findings, ...(await staleCodes(plan.files))];
  return { results, written, findings: plan.packing ? [...findings, leftToCopy] : findings };
}

const leftToCopy: Finding = {
  severity: 'info',
  message:
    'tokenizer and other files of the model folder are not written: copy them beside the new model, but not its config.json',
};

/** Files of a model that hold no tensors. */
async function besideFiles(
  file: string,
  model: Model,
  { plan, wanted }: { readonly plan: Plan; readonly wanted: Wanted },
): Promise<{ readonly target: string; readonly bytes: Uint8Array }[]> {
  if (plan.packing) return sideFiles({ file, model }, plan, wanted.out);
  if (model.format !== 'safetensors-index') return [];
  return [{ target: path.join(wanted.out, path.basename(file)), bytes: await readFile(file) }];
}

/** Codes of an earlier run that no longer belong to the model beside them. */
async function staleCodes(files: readonly FilePlan[]): Promise<Finding[]> {
  const beside = files.filter(f => !f.codes).map(f => codesBeside(f.model.target));
  const found = await Promise.all(beside.map(async file => ((await exists(file)) ? file : null)));
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

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

interface Writing<A> {
  readonly wanted: Wanted;
  readonly means: WriteMeans<A>;
  readonly fileOf: (plan: PlannedFile) => OpenFile;
  readonly values: Map<OpenFile, Map<string, ValuesPrint>>;
}

async function writeTensors<A>(model: Model, plan: Plan, how: Writing<A>): Promise<A[]> {
  const { wanted, means, fileOf } = how;
  const done = new Map<TensorEntry, A>();
  const jobs = plan.files.flatMap(file => file.tensors.map(entry => ({ entry, plan: file })));
  await means.eachTensor(jobs, async ({ entry, plan: file }, progress) => {
    throwIfCancelled(means.signal);
    const isQuantized = file.quantized.has(entry);
    const writer = isQuantized ? writerOf(entry, file, { ...how, packing: plan.packing }) : null;
    // In a packed file a tensor that is left as it is has no error to be told.
    if (isQuantized || (wanted.chosen.has(entry) && !plan.packing))
      done.set(entry, await means.analyze(entry, { ...writer?.watch, progress }));
    if (writer) writer.check();
    else await copy(model, entry, { to: fileOf(file.model), progress, means });
  });
  return [...wanted.chosen].flatMap(entry => done.get(entry) ?? []);
}

function writerOf<A>(
  entry: TensorEntry,
  file: FilePlan,
  { wanted, fileOf, values, packing }: Writing<A> & Pick<Plan, 'packing'>,
): TensorWriter {
  const to = fileOf(file.model);
  const codes = file.codes ? [codesWriter(wanted.scheme, entry, fileOf(file.codes))] : [];
  if (!packing) return together([valuesWriter(entry, to), ...codes]);
  const print = new ValuesPrint();
  const ofFile = values.get(to) ?? new Map<string, ValuesPrint>();
  values.set(to, ofFile.set(entry.name, print));
  return together([packedWriter(entry, packing, { to, values: print }), ...codes]);
}

async function copy<A>(
  model: Model,
  entry: TensorEntry,
  how: { readonly to: OpenFile; readonly progress: OnProgress; readonly means: WriteMeans<A> },
): Promise<void> {
  const { files, signal } = how.means;
  const source = await openTensor(files, entry, sizeOf(model, entry), signal);
  const sink = sinkOf(how.to, entry.name);
  try {
    let done = 0;
    for await (const bytes of storedBytes(source, entry)) {
      sink.put(bytes, done);
      await sink.flush();
      done += bytes.length;
      how.progress(done / source.size);
    }
  } finally {
    await source.close();
  }
}
