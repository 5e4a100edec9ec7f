/** Lets urgent work on a thread go first: other work stands still between two of its tiles while there is any. */
export class Gate {
  #urgent = 0;
  #waiting: (() => void)[] = [];

  /** Runs urgent work; what stands still goes on when the last has ended. */
  async urgently<T>(work: () => Promise<T>): Promise<T> {
    this.#urgent++;
    try {
      return await work();
    } finally {
      this.#urgent--;
      if (this.#urgent === 0) for (const go of this.#waiting.splice(0)) go();
    }
  }

  /** Resolves when there is no urgent work, or no more. */
  async pass(): Promise<void> {
    while (this.#urgent > 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }
}
