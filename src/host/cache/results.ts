import type { AnalysisRequest, TensorAnalysis } from '../../protocol/worker';
import { type Folder, fileNameOf, openFolder } from './folder';
import { type FileIdentity, identityOf, isSettled, othersOf } from './identity';
import { keyOf, nameOf } from './key';
import { Memory } from './memory';
import { pacer } from './pace';
import { Saver } from './saver';
import { decodeShelf, type Entries, type Owner } from './shelf';

/** How a cache is made. */
export interface ResultsOptions {
  /** Where it keeps its files; made when first needed. */
  readonly folder: string;
  /** Of the product: results of another one count for nothing. */
  readonly version: string;
  /** Most bytes in the folder; 0 turns the cache off. */
  readonly maxBytes: () => number;
  /** The disk failed: nothing is lost but time. */
  readonly onError: (e: unknown) => void;
  /** In milliseconds. */
  readonly now?: () => number;
}

/** A thousand characters are what the results of one tensor take. */
const inMemory = { entries: 50_000, characters: 32e6 };

/**
 * Results of analyses, in memory and on disk, by the identity of the file they are of: path, size, times, inode. What is
 * stored of a file is shown only while the file is still the same; it is asked each time, right before.
 */
export class Results {
  readonly #options: ResultsOptions;
  readonly #now: () => number;
  readonly #folder: Folder;
  readonly #memory = new Memory(inMemory);
  readonly #saver: Saver;
  readonly #keeping = new Set<Promise<void>>();

  /** Touches no disk before it is used. */
  constructor(options: ResultsOptions) {
    const { maxBytes, onError, now = Date.now } = options;
    this.#options = options;
    this.#now = now;
    this.#folder = openFolder(options.folder, now);
    this.#saver = new Saver({ folder: this.#folder, maxBytes, onError });
  }

  /** For each request the result that is stored of the file as it is now, or null. Never rejects. */
  async stored(requests: readonly AnalysisRequest[]): Promise<(TensorAnalysis | null)[]> {
    const results = requests.map((): TensorAnalysis | null => null);
    if (this.#isOff) return results;
    // What was computed a moment ago may be on its way here.
    await Promise.all(this.#keeping);
    for (const [path, indexes] of indexesByPath(requests)) {
      const asked = indexes.map(i => requests[i]!);
      const found = await this.#storedOf(path, asked).catch(this.#options.onError);
      for (const [k, i] of indexes.entries()) results[i] = found?.[k] ?? null;
    }
    return results;
  }

  /** Computes a result, and stores it when the file has stayed the same meanwhile. Rejects as `work` does. */
  async compute(
    request: AnalysisRequest,
    work: () => Promise<TensorAnalysis>,
  ): Promise<TensorAnalysis> {
    if (this.#isOff) return work();
    const asked = this.#now();
    const before = await identityOf(request.entry.data.path);
    const others = await othersOf(request.entry);
    const result = await work();
    const isAtRest = before && others && isSettled(before, asked) && isSettled(others, asked);
    if (isAtRest && before.size === request.fileSize) {
      const kept = this.#keep({ ...before, others: others.stamp }, request, result).catch(
        this.#options.onError,
      );
      this.#keeping.add(kept);
      void kept.then(() => this.#keeping.delete(kept));
    }
    return result;
  }

  /** Writes what is not on disk yet. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all(this.#keeping);
    await this.#saver.flush();
  }

  /** Takes another `maxBytes` up. Never rejects. */
  async trim(): Promise<void> {
    if (this.#isOff) {
      this.#memory.clear();
      this.#saver.clear();
    }
    await this.#folder.trim(this.#options.maxBytes()).catch(this.#options.onError);
  }

  get #isOff(): boolean {
    return this.#options.maxBytes() === 0;
  }

  #ownerOf({ path, stamp }: FileIdentity): Owner {
    return { path, stamp, version: this.#options.version };
  }

  async #storedOf(path: string, asked: readonly AnalysisRequest[]) {
    const before = await identityOf(path);
    if (!before) return undefined;
    const owner = this.#ownerOf(before);
    const entries = asked.length > 1 ? await this.#load(owner) : undefined;
    // Names for the tensors of a large model take longer to make than to find that there is nothing.
    if (entries?.size === 0) return undefined;
    const texts = await this.#texts(owner, await keysOf(asked), entries);
    const pause = pacer();
    const results: (TensorAnalysis | null)[] = [];
    for (const [i, { fileSize }] of asked.entries()) {
      const text = fileSize === before.size ? texts[i] : undefined;
      results.push(text === undefined ? null : JSON.parse(text));
      await pause();
    }
    const after = await identityOf(path);
    return after?.stamp === before.stamp ? results : undefined;
  }

  /** Texts of one file's results, as far as they are there. */
  async #texts(
    owner: Owner,
    keys: readonly string[],
    loaded: Entries | undefined,
  ): Promise<(string | undefined)[]> {
    const prefix = nameOf(JSON.stringify(owner));
    const known = keys.map(key => this.#memory.get(prefix + key));
    if (!known.includes(undefined)) return known;
    const entries = loaded ?? (await this.#load(owner));
    const texts = keys.map((key, i) => known[i] ?? entries.get(key));
    // Who asks for many keeps them: memory is for hovers, which ask again and again for one.
    const [key, text] = [keys[0], texts[0]];
    if (!loaded && key !== undefined && text !== undefined) this.#memory.set(prefix + key, text);
    return texts;
  }

  async #load(owner: Owner): Promise<Entries> {
    const unsaved = this.#saver.unsaved(owner);
    const name = fileNameOf(nameOf(owner.path));
    const bytes = await this.#folder.read(name, this.#options.maxBytes());
    const entries = bytes && (await decodeShelf(bytes, owner));
    // Corrupt, or of a file that is no more: it will never be of use.
    if (bytes && !entries) await this.#folder.remove(name);
    return entries && unsaved.size === 0 ? entries : new Map([...(entries ?? []), ...unsaved]);
  }

  async #keep(
    before: FileIdentity & { readonly others: string },
    request: AnalysisRequest,
    result: TensorAnalysis,
  ) {
    const after = await identityOf(before.path);
    const others = await othersOf(request.entry);
    const isSame = after?.stamp === before.stamp && others?.stamp === before.others;
    if (!isSame || this.#isOff) return;
    const owner = this.#ownerOf(before);
    const key = keyOf(request, before.others);
    const text = JSON.stringify(result);
    this.#memory.set(nameOf(JSON.stringify(owner)) + key, text);
    this.#saver.add(owner, key, text);
  }
}

function indexesByPath(requests: readonly AnalysisRequest[]): Map<string, number[]> {
  const byPath = new Map<string, number[]>();
  for (const [i, { entry }] of requests.entries()) {
    const indexes = byPath.get(entry.data.path);
    if (indexes) indexes.push(i);
    else byPath.set(entry.data.path, [i]);
  }
  return byPath;
}

async function keysOf(requests: readonly AnalysisRequest[]): Promise<string[]> {
  const pause = pacer();
  const keys: string[] = [];
  for (const request of requests) {
    const others = await othersOf(request.entry);
    keys.push(others ? keyOf(request, others.stamp) : '');
    await pause();
  }
  return keys;
}
