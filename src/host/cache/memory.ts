/** How much is kept. */
export interface MemoryLimits {
  readonly entries: number;
  /** Characters of keys and texts. */
  readonly characters: number;
}

/** Texts by key; those used least recently go first. */
export class Memory {
  readonly #limits: MemoryLimits;
  readonly #texts = new Map<string, string>();
  #characters = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text !== undefined) {
      this.#texts.delete(key);
      this.#texts.set(key, text);
    }
    return text;
  }

  set(key: string, text: string): void {
    this.#delete(key);
    this.#texts.set(key, text);
    this.#characters += key.length + text.length;
    for (const oldest of this.#texts.keys()) {
      if (!this.#isOver()) return;
      this.#delete(oldest);
    }
  }

  clear(): void {
    this.#texts.clear();
    this.#characters = 0;
  }

  #isOver(): boolean {
    const { entries, characters } = this.#limits;
    return this.#texts.size > entries || this.#characters > characters;
  }

  #delete(key: string): void {
    const text = this.#texts.get(key);
    if (text === undefined) return;
    this.#texts.delete(key);
    this.#characters -= key.length + text.length;
  }
}
