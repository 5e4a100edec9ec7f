import { WeightError } from '../base/errors';

/** For what the user waits, the most urgent first. */
const priorities = ['hover', 'selected', 'visible', 'rest'] as const;

/** How soon an analysis is wanted: for a hover, the selected tensor, a row on the screen, or all else. */
export type Priority = (typeof priorities)[number];

/** Position of a priority: a lower one goes first. */
export function rankOf(priority: Priority): number {
  return priorities.indexOf(priority);
}

/** Whether somebody looks at the place where the figures will be, and at nothing else. */
export function isUrgent(priority: Priority): boolean {
  return priority === 'hover' || priority === 'selected';
}

/** What may be given to whoever waits: it notes for what it was taken. */
export interface Servant {
  readonly analyses: Priority[];
}

interface Waiting<T> {
  readonly priority: Priority;
  begin(servant: T): void;
  refuse(reason: Error): void;
}

/** Those who wait for one of few servants, by priority, then by their coming. */
export class Line<T extends Servant> {
  readonly #waiting: Waiting<T>[] = [];

  /**
   * Resolves with a servant, taken for it.
   * @param isFirst whether it goes before others of its priority
   * @throws WeightError 'cancelled' with the signal
   */
  wait(priority: Priority, signal: AbortSignal | undefined, isFirst = false): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(mine), 1);
        reject(new WeightError('cancelled', 'cancelled while waiting for a worker'));
      };
      const mine: Waiting<T> = {
        priority,
        begin(servant) {
          signal?.removeEventListener('abort', leave);
          servant.analyses.push(priority);
          resolve(servant);
        },
        refuse(reason) {
          signal?.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#enter(mine, isFirst);
    });
  }

  /** Gives out servants while there are any; who gets none keeps those behind from it: they are no more urgent. */
  serve(free: (priority: Priority) => T | undefined): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const servant = free(first.priority);
      if (!servant) return;
      this.#waiting.shift();
      first.begin(servant);
    }
  }

  /** Refuses everyone. */
  close(reason: Error): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(reason);
  }

  #enter(mine: Waiting<T>, isFirst: boolean): void {
    const rank = rankOf(mine.priority) - (isFirst ? 1 : 0);
    const behind = this.#waiting.findIndex(w => rankOf(w.priority) > rank);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, mine);
  }
}
