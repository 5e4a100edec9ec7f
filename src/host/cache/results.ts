import type { TensorAnalysis } from '../../protocol/worker';
import type { Cast } from '../../stats/profile';
import {
  analysisOf,
  type Base,
  joinParts,
  missingOf,
  noParts,
  type Parts,
  type PartsRequest,
  partsOf,
  type SchemeFigures,
} from '../parts';
import { type Folder, fileNameOf, openFolder } from './folder';
import { type FileIdentity, identityOf, isSettled, othersOf } from './identity';
import { keysOf, nameOf, type PartKeys } from './key';
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

/** A part of what is known of a tensor takes some hundred characters. */
const inMemory = { entries: 200_000, characters: 32e6 };

/**
 * Results of analyses, in memory and on disk, by the identity of the file they are of: path, size, times, inode. What is
 * stored of a file is shown only while the file is still the same; it is asked each time, right before. They are kept part by
 * part: what was found of a scheme is there for whoever asks for that scheme, among whichever others.
 */
export class Results {
  readonly #options: ResultsOptions;
  readonly #now: () => number;
  readonly #folder: Folder;
  readonly #memory = new Memory(inMemory);
  readonly #saver: Saver;

  /** Touches no disk before it is used. */
  constructor(options: ResultsOptions) {
    const { maxBytes, onError, now = Date.now } = options;
    this.#options = options;
    this.#now = now;
    this.#folder = openFolder(options.folder, now);
    this.#saver = new Saver({ folder: this.#folder, maxBytes, onError });
  }

  /** For each request the parts that are stored of the file as it is now; null where there are none. Never rejects. */
  async stored(requests: readonly PartsRequest[]): Promise<(Parts | null)[]> {
    const results = requests.map((): Parts | null => null);
    if (this.#isOff) return results;
    for (const [path, indexes] of indexesByPath(requests)) {
      const asked = indexes.map(i => requests[i]!);
      const found = await this.#storedOf(path, asked).catch(this.#options.onError);
      for (const [k, i] of indexes.entries()) results[i] = found?.[k] ?? null;
    }
    return results;
  }

  /**
   * Computes a result, and stores its parts when the file has stayed the same meanwhile. `work` is asked for what is not in
   * memory, as after `stored` found it; what is on disk is not looked for. Rejects as `work` does.
   */
  async compute(
    request: PartsRequest,
    work: (missing: PartsRequest) => Promise<TensorAnalysis>,
  ): Promise<TensorAnalysis> {
    if (this.#isOff) return work(request);
    const asked = this.#now();
    const before = await stateOf(request);
    const known = before ? this.#inMemory(before, request) : noParts;
    const missing = missingOf(request.entry, request, known);
    if (!missing) return analysisOf(request, known)!;
    const missed = { ...request, casts: false, ...missing };
    const computed = partsOf(missed, await work(missed));
    const after = before && (await stateOf(request));
    if (before && isSame(before, after)) {
      if (isSettled(before, asked)) this.#keep(before, request, computed);
      return analysisOf(request, joinParts(known, computed))!;
    }
    // Figures of two files do not make one result.
    return isEmpty(known) ? analysisOf(request, computed)! : work(request);
  }

  /** Writes what is not on disk yet. Never rejects. */
  async flush(): Promise<void> {
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

  /** Forgets everything. @returns the bytes that were on disk; rejects as the disk does */
  async clear(): Promise<number> {
    await this.#saver.flush();
    this.#memory.clear();
    return this.#folder.trim(0);
  }

  get #isOff(): boolean {
    return this.#options.maxBytes() === 0;
  }

  #ownerOf({ path, stamp }: FileIdentity): Owner {
    return { path, stamp, version: this.#options.version };
  }

  async #storedOf(path: string, asked: readonly PartsRequest[]) {
    const before = await identityOf(path);
    if (!before) return undefined;
    const owner = this.#ownerOf(before);
    const entries = asked.length > 1 ? await this.#load(owner) : undefined;
    // Names for the tensors of a large model take longer to make than to find that there is nothing.
    if (entries?.size === 0) return undefined;
    const pause = pacer();
    const results: (Parts | null)[] = [];
    for (const request of asked) {
      const others = await othersOf(request.entry);
      const isOfFile = others !== null && request.fileSize === before.size;
      const keys = keysOf(request, others?.stamp ?? '');
      const parts = isOfFile ? await this.#partsOf(owner, { request, keys }, entries) : noParts;
      results.push(isEmpty(parts) ? null : parts);
      await pause();
    }
    const after = await identityOf(path);
    return after?.stamp === before.stamp ? results : undefined;
  }

  /** What is there of one tensor. @param loaded what is on disk, where that is known already */
  async #partsOf(owner: Owner, asked: Asked, loaded: Entries | undefined): Promise<Parts> {
    const inMemory = this.#lookUp(owner);
    if (loaded) return read(asked, key => inMemory(key) ?? loaded.get(key));
    const known = read(asked, inMemory);
    if (!missingOf(asked.request.entry, asked.request, known)) return known;
    const entries = await this.#load(owner);
    // Who asks for many keeps them: memory is for hovers, which ask again and again for one.
    return read(asked, key => inMemory(key) ?? this.#remember(owner, key, entries.get(key)));
  }

  #inMemory(state: State, request: PartsRequest): Parts {
    if (state.size !== request.fileSize) return noParts;
    const keys = keysOf(request, state.others);
    return read({ request, keys }, this.#lookUp(this.#ownerOf(state)));
  }

  #lookUp(owner: Owner): (key: string) => string | undefined {
    const prefix = nameOf(JSON.stringify(owner));
    return key => this.#memory.get(prefix + key);
  }

  #remember(owner: Owner, key: string, text: string | undefined): string | undefined {
    if (text !== undefined) this.#memory.set(nameOf(JSON.stringify(owner)) + key, text);
    return text;
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

  #keep(state: State, request: PartsRequest, { base, schemes, casts }: Parts): void {
    if (this.#isOff || state.size !== request.fileSize) return;
    const owner = this.#ownerOf(state);
    const keys = keysOf(request, state.others);
    const add = (key: string, part: unknown) => {
      const text = JSON.stringify(part);
      this.#remember(owner, key, text);
      this.#saver.add(owner, key, text);
    };
    add(keys.base, base);
    for (const [text, figures] of schemes) add(keys.scheme(text), figures);
    if (casts !== undefined) add(keys.casts, casts);
  }
}

/** What is looked for, and under which names. */
interface Asked {
  readonly request: PartsRequest;
  readonly keys: PartKeys;
}

/** Reads the parts of a request whose texts are there. */
function read({ request, keys }: Asked, textOf: (key: string) => string | undefined): Parts {
  const part = <T>(key: string): T | undefined => {
    const text = textOf(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const schemes = new Map<string, SchemeFigures>();
  for (const text of request.schemes) {
    const figures = part<SchemeFigures>(keys.scheme(text));
    if (figures) schemes.set(text, figures);
  }
  return {
    base: part<Base>(keys.base) ?? null,
    schemes,
    casts: request.casts ? part<readonly Cast[] | null>(keys.casts) : undefined,
  };
}

function isEmpty({ base, schemes, casts }: Parts): boolean {
  return base === null && schemes.size === 0 && casts === undefined;
}

/** Which bytes a tensor is made of: those of its file, and of others where it is packed. */
interface State extends FileIdentity {
  readonly others: string;
}

/** How the files of a tensor are now; null when one of them cannot be asked. */
async function stateOf({ entry }: PartsRequest): Promise<State | null> {
  const own = await identityOf(entry.data.path);
  const others = own && (await othersOf(entry));
  if (!own || !others) return null;
  return { ...own, others: others.stamp, touched: Math.max(own.touched, others.touched) };
}

function isSame(a: State, b: State | null): boolean {
  return a.stamp === b?.stamp && a.others === b.others;
}

function indexesByPath(requests: readonly PartsRequest[]): Map<string, number[]> {
  const byPath = new Map<string, number[]>();
  for (const [i, { entry }] of requests.entries()) {
    const indexes = byPath.get(entry.data.path);
    if (indexes) indexes.push(i);
    else byPath.set(entry.data.path, [i]);
  }
  return byPath;
}
