import type { ClosableSource, FileSystem } from '../../base/bytes';
import { throwIfCancelled, WeightError } from '../../base/errors';
import { quote } from '../../base/limits';
import type { Finding, Model, ModelFile, TensorEntry } from '../tensorFile';
import { type GgufFile, readGguf } from './gguf';

/** Parts of a model that are looked for; the largest models have some tens. */
const maxParts = 10_000;

/** A part of a split model that is there. */
interface Part {
  readonly name: string;
  readonly index: number;
  readonly file: ModelFile;
  readonly content: GgufFile;
}

/** Where parts are. */
export interface PartFolder {
  readonly fs: FileSystem;
  /** Of the part that was opened. */
  readonly path: string;
  /** The last name of `path`. */
  readonly name: string;
}

/**
 * Opens a GGUF file, and with it the other parts of its model when it is one of `NAME-00001-of-0000N.gguf`. A part that is
 * missing or bad is a Finding: each part can be read by itself.
 * @throws WeightError what `readGguf` throws, for the file itself
 */
export async function openGguf(
  folder: PartFolder,
  source: ClosableSource,
  signal?: AbortSignal,
): Promise<Model> {
  const { path, name } = folder;
  const content = await readGguf(source, path, signal);
  const file = { path, byteLength: source.size };
  if (!content.split) return { ...withoutSplit(content), files: [file] };
  const numbered = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i.exec(name);
  const { count } = content.split;
  if (!numbered || Number(numbered[3]) !== count || count > maxParts)
    return alone(
      content,
      file,
      `the file is one of ${count} parts, but its name does not tell the others'`,
    );
  const own = { name, file, content, index: Number(numbered[2]) - 1 };
  const others = await openOthers(
    folder,
    { own, stem: numbered[1]!, ending: numbered[4]!, count },
    signal,
  );
  return joined(
    [own, ...others.parts].toSorted((a, b) => a.index - b.index),
    others.findings,
  );
}

function withoutSplit({ format, metadata, tensors, findings }: GgufFile) {
  return { format, metadata, tensors, findings };
}

function alone(content: GgufFile, file: ModelFile, message: string): Model {
  const plain = withoutSplit(content);
  const findings: Finding[] = [...plain.findings, { severity: 'warning', message }];
  return { ...plain, findings, files: [file] };
}

/** How the other parts are called, as the opened one is. */
interface Others {
  readonly own: Part;
  readonly stem: string;
  /** `.gguf`, as it is written. */
  readonly ending: string;
  readonly count: number;
}

async function openOthers(
  folder: PartFolder,
  { own, stem, ending, count }: Others,
  signal: AbortSignal | undefined,
): Promise<{ parts: Part[]; findings: Finding[] }> {
  const parts: Part[] = [];
  const findings: Finding[] = [];
  const digits = (n: number) => String(n).padStart(5, '0');
  for (let index = 0; index < count; index++) {
    if (index === own.index) continue;
    throwIfCancelled(signal);
    const name = `${stem}-${digits(index + 1)}-of-${digits(count)}${ending}`;
    try {
      parts.push({ name, index, ...(await openPart(folder, name, signal)) });
    } catch (e) {
      if (!WeightError.is(e) || e.tag === 'cancelled') throw e;
      findings.push({ severity: 'error', message: `part ${quote(name)}: ${e.message}` });
    }
  }
  return { parts, findings };
}

async function openPart(
  { fs, path: opened }: PartFolder,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Pick<Part, 'file' | 'content'>> {
  const path = fs.sibling(opened, name);
  const source = await fs.open(path);
  try {
    const content = await readGguf(source, path, signal);
    return { file: { path, byteLength: source.size }, content };
  } finally {
    await source.close();
  }
}

/** The tensors of all parts, and the metadata: the first part's, and of the others what it does not have. */
function joined(parts: readonly Part[], missing: readonly Finding[]): Model {
  const tensors = new Map<string, TensorEntry>();
  const findings = [...missing];
  for (const part of parts) {
    findings.push(...disagreements(part, parts[0]!));
    for (const entry of part.content.tensors)
      if (!tensors.has(entry.name)) tensors.set(entry.name, entry);
      else findings.push(repeated(part, entry));
  }
  const { split } = parts[0]!.content;
  const wanted = split?.tensors ?? null;
  if (missing.length === 0 && wanted !== null && wanted !== tensors.size)
    findings.push({
      severity: 'warning',
      message: `the first part says that there are ${wanted} tensors, but all parts together have ${tensors.size}`,
    });
  return {
    format: 'gguf',
    metadata: Object.fromEntries(
      new Map(parts.toReversed().flatMap(p => Object.entries(p.content.metadata))),
    ),
    tensors: [...tensors.values()],
    findings,
    files: parts.map(p => p.file),
  };
}

function repeated({ name }: Part, entry: TensorEntry): Finding {
  return {
    severity: 'warning',
    message: `part ${quote(name)} has tensor ${quote(entry.name)}, which an earlier part has too; left out`,
    tensor: entry.name,
  };
}

/** What the part's own header says against its name, and its own findings. */
function disagreements({ name, index, content }: Part, first: Part): Finding[] {
  const own = content.findings.map(f => ({ ...f, message: `part ${quote(name)}: ${f.message}` }));
  const count = content.split?.count ?? 1;
  const agrees = content.split?.index === index && count === first.content.split?.count;
  if (agrees) return own;
  const said = content.split
    ? `part ${content.split.index + 1} of ${count}`
    : 'not a part of a model';
  return [...own, { severity: 'warning', message: `part ${quote(name)} says that it is ${said}` }];
}
