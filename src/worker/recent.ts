/** What was used last, up to a size in all; what is dropped is told of. */
export class Recent<K, V> {
  readonly #items = new Map<K, { readonly value: V; readonly size: number }>();
  readonly #most: number;
  readonly #onDrop: ((value: V) => void) | undefined;
  #size = 0;

  constructor(most: number, onDrop?: (value: V) => void) {
    this.#most = most;
    this.#onDrop = onDrop;
  }

  /** The value, which counts as used; undefined where it is not kept. */
  get(key: K): V | undefined {
    const item = this.#items.get(key);
    if (!item) return undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item.value;
  }

  /** Keeps a value, and drops those that were used longest ago; the one just kept stays whatever its size. */
  set(key: K, value: V, size = 1): void {
    this.delete(key);
    this.#items.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#items.keys()) {
      if (this.#size <= this.#most || oldest === key) return;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    const item = this.#items.get(key);
    if (!item) return;
    this.#items.delete(key);
    this.#size -= item.size;
    this.#onDrop?.(item.value);
  }
}
