import { type ByteSource, type ClosableSource, type FileSystem, readBytes } from '../base/bytes';
import {
  throwIfCancelled,
  WeightError,
  type WeightErrorDetails,
  type WeightErrorTag,
} from '../base/errors';
import { maxIndexJson, quote } from '../base/limits';
import { JsonReader } from './jsonReader';
import type { Finding, Model, ModelFile, TensorEntry, TensorFile } from './tensorFile';

const format = 'safetensors-index';

/** Shards whose headers are read at the same time: each may be as large as a header may be. */
const concurrency = 4;

/** Names shown of a list that may be long. */
const shownNames = 3;

interface Index {
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensor name to shard name, in the file's order. */
  readonly weightMap: ReadonlyMap<string, string>;
}

interface Shard {
  readonly name: string;
  readonly file: ModelFile;
  readonly content: TensorFile;
}

/** What opening a sharded model needs to know of the rest. */
export interface ShardContext {
  readonly fs: FileSystem;
  /** Of the index. */
  readonly path: string;
  openShard(source: ClosableSource, path: string, signal?: AbortSignal): Promise<TensorFile>;
}

/**
 * Opens the model that an index.json describes: the tensors of its weight_map, in that order. What the shards lack or
 * have beside it is a Finding.
 * @throws WeightError 'malformed', 'over-limit'; and for a shard that is missing or bad whatever its reader throws, with
 *   `details.file` set and the shard named
 * @source huggingface/transformers docs/source/en/models.md, section Sharded checkpoints
 */
export async function openShardedModel(
  context: ShardContext,
  source: ByteSource,
  signal?: AbortSignal,
): Promise<Model> {
  const index = await readIndex(source, signal);
  const names = [...new Set(index.weightMap.values())];
  for (const name of names) checkShardName(name);
  const shards = await eachAtMost(concurrency, names, name => openOne(context, name, signal));
  const { tensors, findings } = gather(index, shards);
  return {
    format,
    metadata: mergeMetadata(index, shards),
    tensors,
    findings: [...findings, ...sizeFindings(index, tensors)],
    files: shards.map(s => s.file),
  };
}

function flaw(tag: WeightErrorTag, message: string, details: WeightErrorDetails = {}): WeightError {
  return new WeightError(tag, `index.json: ${message}`, { format, ...details });
}

async function readIndex(source: ByteSource, signal: AbortSignal | undefined): Promise<Index> {
  if (source.size > maxIndexJson)
    throw flaw(
      'over-limit',
      `the file has ${source.size} bytes, over the limit of ${maxIndexJson}`,
      {
        expected: maxIndexJson,
        actual: source.size,
      },
    );
  const text = decodeUtf8(await readBytes(source, 0, source.size, signal));
  const json = new JsonReader(text, (reason, position) => {
    const offset = new TextEncoder().encode(text.slice(0, position)).length;
    return flaw('malformed', `${reason} (byte ${offset})`, { offset });
  });
  let metadata: Record<string, string> = {};
  let weightMap: Map<string, string> | undefined;
  json.object('a JSON object', key => {
    if (key === 'metadata') metadata = readMetadata(json);
    else if (key === 'weight_map') weightMap = readWeightMap(json);
    else json.skip();
  });
  json.end();
  if (!weightMap) throw flaw('malformed', 'no weight_map');
  return { metadata, weightMap };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // the decoder does not say where
    throw flaw('malformed', 'the file is not valid UTF-8');
  }
}

/** Values that are not strings are kept as their JSON text. */
function readMetadata(json: JsonReader): Record<string, string> {
  if (json.isNull()) return {};
  const entries: [string, string][] = [];
  json.object('metadata as a JSON object', key => {
    const text = json.skip();
    entries.push([key, text.startsWith('"') ? String(JSON.parse(text)) : text]);
  });
  return Object.fromEntries(entries);
}

function readWeightMap(json: JsonReader): Map<string, string> {
  const map = new Map<string, string>();
  json.object('weight_map as a JSON object', key =>
    map.set(key, json.string(`the name of a shard for tensor ${quote(key)}`)),
  );
  return map;
}

/** A shard lies in the index's folder or below it; whether a link there leads elsewhere is the user's business. */
function checkShardName(name: string): void {
  const reason = shardNameFlaw(name);
  if (reason)
    throw flaw('malformed', `the shard name ${quote(name)} ${reason}`, {
      actual: name.slice(0, 200),
    });
}

function shardNameFlaw(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.startsWith('/')) return 'is an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'has a drive letter';
  if (name.includes('\\')) return 'has a backslash';
  if (name.includes('\0')) return 'has a NUL character';
  if (name.split('/').includes('..')) return 'leaves the folder of the index';
  if (name.split('/').some(part => part === '' || part === '.')) return 'has an empty part';
  return undefined;
}

async function openOne(
  { fs, path: indexPath, openShard }: ShardContext,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Shard> {
  throwIfCancelled(signal);
  const path = fs.sibling(indexPath, name);
  try {
    const source = await fs.open(path);
    try {
      const content = await openShard(source, path, signal);
      return { name, file: { path, byteLength: source.size }, content };
    } finally {
      await source.close();
    }
  } catch (e) {
    if (!WeightError.is(e) || e.tag === 'cancelled') throw e;
    const message = `index.json: shard ${quote(name)}: ${e.message}`;
    throw new WeightError(e.tag, message, { ...e.details, file: path }, { cause: e });
  }
}

/** Runs `work` for each item, at most `limit` at a time. A failure stops it; of several the earliest item's is thrown. */
async function eachAtMost<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: { i: number; e: unknown }[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && failures.length === 0) {
      const i = next++;
      await work(items[i]!).then(
        result => (results[i] = result),
        (e: unknown) => failures.push({ i, e }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  const first = failures.sort((a, b) => a.i - b.i)[0];
  if (first) throw first.e;
  return results;
}

/** The weight_map's tensors that are there, and what does not agree with it. */
function gather(
  { weightMap }: Index,
  shards: readonly Shard[],
): { tensors: TensorEntry[]; findings: Finding[] } {
  const found = new Map(
    shards.map(s => [s.name, new Map(s.content.tensors.map(t => [t.name, t]))]),
  );
  const tensors: TensorEntry[] = [];
  const lacking = new Map<string, string[]>(shards.map(s => [s.name, []]));
  for (const [tensor, shard] of weightMap) {
    const entry = found.get(shard)?.get(tensor);
    if (entry) tensors.push(entry);
    else lacking.get(shard)?.push(tensor);
  }
  const findings: Finding[] = [];
  for (const { name, content } of shards) {
    const missing = lacking.get(name) ?? [];
    const extra = content.tensors.filter(t => weightMap.get(t.name) !== name).map(t => t.name);
    if (missing.length > 0)
      findings.push({
        severity: 'error',
        message: `shard ${quote(name)} lacks ${list(missing)} that the index places in it`,
      });
    if (extra.length > 0)
      findings.push({
        severity: 'warning',
        message: `shard ${quote(name)} has ${list(extra)} that the index does not place in it; left out`,
      });
    findings.push(
      ...content.findings.map(f => ({ ...f, message: `shard ${quote(name)}: ${f.message}` })),
    );
  }
  return { tensors, findings };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map(quote).join(', ');
  const more = names.length > shownNames ? ' and others' : '';
  return `${names.length} ${names.length === 1 ? 'tensor' : 'tensors'} (${shown}${more})`;
}

/** The index's metadata, and the shards' where it has none of the name. */
function mergeMetadata(index: Index, shards: readonly Shard[]): Record<string, string> {
  const merged = new Map(shards.toReversed().flatMap(s => Object.entries(s.content.metadata)));
  for (const [key, value] of Object.entries(index.metadata)) merged.set(key, value);
  return Object.fromEntries(merged);
}

function sizeFindings({ metadata }: Index, tensors: readonly TensorEntry[]): Finding[] {
  const declared = Object.hasOwn(metadata, 'total_size') ? metadata.total_size : undefined;
  const actual = tensors.reduce((sum, t) => sum + t.data.byteLength, 0);
  if (declared === undefined || Number(declared) === actual) return [];
  const message = `the index says total_size ${declared.slice(0, 40)}, but its tensors have ${actual} bytes`;
  return [{ severity: 'warning', message }];
}
