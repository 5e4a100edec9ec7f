import type { TensorId } from '../../protocol/editor';
import type { Priority } from '../../worker/pool';

/** What waits to be done with a tensor. */
export interface QueuedJob {
  readonly tensor: TensorId;
}

/** A job whose turn it is. */
export interface Turn<J extends QueuedJob> {
  readonly job: J;
  readonly priority: Priority;
}

/** Rows that were on the screen this long ago count no more: a few pages of the table. */
const mostSeen = 1000;

/** Jobs in the order in which the user waits for them: a hover's, the selected tensor's, those asked for, those in sight. */
export class JobQueue<J extends QueuedJob> {
  #hovers: J[] = [];
  #asked: J[] = [];
  #rest: readonly J[] = [];
  /** What waits of the rest, by tensor: the selected and the visible are taken out of their order. */
  readonly #waiting = new Map<TensorId, J>();
  #next = 0;
  #selected: TensorId | null = null;
  #seen: readonly TensorId[] = [];

  /** Puts jobs in the place of the rest. */
  setRest(jobs: readonly J[]): void {
    this.#rest = jobs;
    this.#next = 0;
    this.#waiting.clear();
    for (const job of jobs) this.#waiting.set(job.tensor, job);
  }

  /** Puts jobs before those asked for earlier. */
  ask(jobs: readonly J[], isHover: boolean): void {
    const again = new Set(jobs.map(j => j.tensor));
    const without = (old: readonly J[]) => old.filter(j => !again.has(j.tensor));
    this.#asked = [...(isHover ? [] : jobs), ...without(this.#asked)];
    this.#hovers = [...(isHover ? jobs : []), ...without(this.#hovers)];
  }

  /** Takes note of the tensor that is selected. */
  select(tensor: TensorId | null): void {
    this.#selected = tensor;
  }

  /** Takes note of tensors that are on the screen; what was there before stays second. */
  see(tensors: readonly TensorId[]): void {
    this.#seen = Array.from(new Set([...tensors, ...this.#seen])).slice(0, mostSeen);
  }

  /** Everything that waits, a tensor once. */
  waiting(): Iterable<J> {
    const jobs = new Map(this.#waiting);
    for (const job of [...this.#asked, ...this.#hovers]) jobs.set(job.tensor, job);
    return jobs.values();
  }

  /** Of some tensors those that do not wait. */
  notWaiting(tensors: readonly TensorId[]): TensorId[] {
    const asked = new Set([...this.#asked, ...this.#hovers].map(job => job.tensor));
    return tensors.filter(tensor => !this.#waiting.has(tensor) && !asked.has(tensor));
  }

  /** Whether jobs wait that somebody asked for. */
  get hasAsked(): boolean {
    return this.#asked.length + this.#hovers.length > 0;
  }

  clear(): void {
    this.#hovers = [];
    this.#asked = [];
    this.setRest([]);
  }

  /** The next job that is still wanted, with those dropped that are not. */
  take(isWanted: (job: J) => boolean, isUrgentOnly: boolean): Turn<J> | undefined {
    return (
      this.#first(this.#hovers, isWanted, 'hover') ??
      this.#takeSelected(isWanted) ??
      (isUrgentOnly ? undefined : this.#takeOther(isWanted))
    );
  }

  #takeOther(isWanted: (job: J) => boolean): Turn<J> | undefined {
    return (
      this.#first(this.#asked, isWanted, 'visible') ??
      this.#takeSeen(isWanted) ??
      this.#takeRest(isWanted)
    );
  }

  #first(jobs: J[], isWanted: (job: J) => boolean, priority: Priority): Turn<J> | undefined {
    for (let job = jobs.shift(); job; job = jobs.shift())
      if (isWanted(job)) return { job, priority };
    return undefined;
  }

  #takeSelected(isWanted: (job: J) => boolean): Turn<J> | undefined {
    const tensor = this.#selected;
    if (tensor === null) return undefined;
    const at = this.#asked.findIndex(j => j.tensor === tensor);
    const job = at < 0 ? this.#waiting.get(tensor) : this.#asked.splice(at, 1)[0];
    this.#waiting.delete(tensor);
    return job && isWanted(job) ? { job, priority: 'selected' } : undefined;
  }

  #takeSeen(isWanted: (job: J) => boolean): Turn<J> | undefined {
    for (const tensor of this.#seen) {
      const job = this.#waiting.get(tensor);
      this.#waiting.delete(tensor);
      if (job && isWanted(job)) return { job, priority: 'visible' };
    }
    return undefined;
  }

  #takeRest(isWanted: (job: J) => boolean): Turn<J> | undefined {
    while (this.#next < this.#rest.length) {
      const job = this.#rest[this.#next++]!;
      if (this.#waiting.delete(job.tensor) && isWanted(job)) return { job, priority: 'rest' };
    }
    return undefined;
  }
}
