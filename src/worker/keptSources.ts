import type { ClosableSource, FileSystem } from '../base/bytes';
import type { TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import type { CallContext } from '../protocol/rpc';
import { Shared } from './shared';

/** What is not asked for again is closed after so long. */
const idleMs = 10_000;

/** Which bytes are meant; of another version they are others. */
export interface SourceKey {
  readonly entry: TensorEntry;
  readonly fileSize: number;
  readonly version: string;
}

interface Kept {
  readonly opening: Shared<ClosableSource>;
  source?: ClosableSource;
  users: number;
  isDropped: boolean;
  idle?: ReturnType<typeof setTimeout>;
}

/** Opens bytes of tensors. Those in zips stay open for a while: opening one checks, or inflates, all of it. */
export class KeptSources {
  readonly #files: FileSystem;
  readonly #kept = new Map<string, Kept>();

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** @throws what `openTensor` throws */
  async open(asked: SourceKey, context: CallContext): Promise<ClosableSource> {
    const { entry, fileSize, version } = asked;
    const { path, zip } = entry.data;
    if (!zip) return openTensor(this.#files, entry, fileSize, context.signal);
    const key = JSON.stringify([path, zip.headerOffset, fileSize, version]);
    const found = this.#kept.get(key);
    const kept = found && !found.opening.isEnded ? found : this.#keep(key, asked);
    clearTimeout(kept.idle);
    kept.users++;
    try {
      const source = await kept.opening.join(context);
      return {
        size: source.size,
        read: (offset, into, signal) => source.read(offset, into, signal),
        close: async () => this.#leave(key, kept),
      };
    } catch (e) {
      this.#leave(key, kept);
      if (!context.signal.aborted) this.#drop(key, kept);
      throw e;
    }
  }

  /** Only what is in use stays open beside it. */
  #keep(key: string, { entry, fileSize }: SourceKey): Kept {
    for (const [other, kept] of this.#kept) if (kept.users === 0) this.#drop(other, kept);
    const opening = new Shared(async ({ signal }: CallContext) => {
      const source = await openTensor(this.#files, entry, fileSize, signal);
      kept.source = source;
      if (kept.isDropped) await source.close();
      return source;
    });
    const kept: Kept = { opening, users: 0, isDropped: false };
    this.#kept.set(key, kept);
    return kept;
  }

  #leave(key: string, kept: Kept): void {
    if (--kept.users === 0) kept.idle = setTimeout(() => this.#drop(key, kept), idleMs);
  }

  #drop(key: string, kept: Kept): void {
    clearTimeout(kept.idle);
    kept.isDropped = true;
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
    void kept.source?.close();
  }
}
