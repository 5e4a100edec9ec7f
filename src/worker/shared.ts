import { WeightError } from '../base/errors';
import type { CallContext } from '../protocol/rpc';

/** Who leaves may be back at once: scrolling ends one page's request and begins the next. */
const graceMs = 1000;

/** Work that is done once for all who ask for it. It ends when all of them have left for a while. */
export class Shared<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  readonly #listeners = new Set<(fraction: number) => void>();
  #isDone = false;
  #ending: ReturnType<typeof setTimeout> | undefined;

  constructor(work: (context: CallContext) => Promise<T>) {
    const progress = (fraction: number) => {
      for (const listener of this.#listeners) listener(fraction);
    };
    this.#result = work({ signal: this.#controller.signal, progress }).finally(() => {
      this.#isDone = true;
    });
    // Whoever asks is told; there may be nobody left.
    this.#result.catch(() => {});
  }

  /** Whether it was ended before it was done: who comes now is too late. */
  get isEnded(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for the result. @throws WeightError 'cancelled' with the signal, or what the work throws */
  async join({ signal, progress }: CallContext): Promise<T> {
    clearTimeout(this.#ending);
    const listener = (fraction: number) => progress(fraction);
    this.#listeners.add(listener);
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new WeightError('cancelled', 'cancelled'));
    });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      return await Promise.race([this.#result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      this.#listeners.delete(listener);
      if (!this.#isDone && this.#listeners.size === 0)
        this.#ending = setTimeout(() => this.#controller.abort(), graceMs);
    }
  }
}
