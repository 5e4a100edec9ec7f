import { type Folder, fileNameOf } from './folder';
import { nameOf } from './key';
import { pacer } from './pace';
import { decodeShelf, type Entries, encodeShelf, type Owner } from './shelf';

/** How results come to disk. */
export interface SaverOptions {
  readonly folder: Folder;
  readonly maxBytes: () => number;
  readonly onError: (e: unknown) => void;
}

interface Unsaved {
  readonly owner: Owner;
  readonly entries: Map<string, string>;
}

/** Results are collected this long, in milliseconds; a file is written anew for each collection. */
const collectFor = 5000;
/** Writing takes at most this part of the time. */
const writingShare = 1 / 50;

/** Puts results on disk: a file for each file of tensors, now and then. */
export class Saver {
  readonly #options: SaverOptions;
  #unsaved = new Map<string, Unsaved>();
  #timer: NodeJS.Timeout | undefined;
  #lastTook = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  add(owner: Owner, key: string, text: string): void {
    const id = JSON.stringify(owner);
    let mine = this.#unsaved.get(id);
    if (!mine) {
      mine = { owner, entries: new Map() };
      this.#unsaved.set(id, mine);
    }
    mine.entries.set(key, text);
    this.#timer ??= setTimeout(
      () => void this.flush(),
      Math.max(collectFor, this.#lastTook / writingShare),
    ).unref();
  }

  /** What is not on disk yet. */
  unsaved(owner: Owner): Entries {
    return this.#unsaved.get(JSON.stringify(owner))?.entries ?? new Map();
  }

  clear(): void {
    this.#unsaved.clear();
  }

  /** Writes everything; one at a time. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saving = this.#saving.then(() => this.#saveAll()).catch(this.#options.onError);
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    if (this.#unsaved.size === 0) return;
    const all = this.#unsaved;
    this.#unsaved = new Map();
    const began = performance.now();
    for (const unsaved of all.values()) await this.#save(unsaved);
    await this.#options.folder.trim(this.#options.maxBytes());
    this.#lastTook = performance.now() - began;
  }

  /** Adds to what is on disk, which another window may have written meanwhile. */
  async #save({ owner, entries }: Unsaved): Promise<void> {
    const { folder, maxBytes } = this.#options;
    const name = fileNameOf(nameOf(owner.path));
    const bytes = await folder.read(name, maxBytes());
    const old = (bytes && (await decodeShelf(bytes, owner))) ?? new Map<string, string>();
    const merged = new Map(old);
    for (const [key, text] of entries) {
      merged.delete(key); // the last are the newest
      merged.set(key, text);
    }
    await folder.write(name, await encodeShelf(owner, await newest(merged, maxBytes())));
  }
}

/** The last entries that fit; a tenth of the room is left for the line before them and for others. */
async function newest(entries: Entries, maxBytes: number): Promise<Entries> {
  const pause = pacer();
  const kept: [string, string][] = [];
  let room = 0.9 * maxBytes;
  for (const [key, text] of Array.from(entries).reverse()) {
    room -= key.length + Buffer.byteLength(text) + 2;
    if (room < 0) break;
    kept.push([key, text]);
    await pause();
  }
  return new Map(kept.reverse());
}
