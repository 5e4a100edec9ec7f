import { setMaxListeners } from 'node:events';
import { toWire, WeightError, type WireError } from '../../base/errors';
import type { ComparisonDetail } from '../../compare/comparison';
import type { Pair, Part } from '../../compare/pairs';
import type {
  ComparisonView,
  PairDetail,
  PairFigures,
  PairId,
  PairRow,
  PairSeries,
} from '../../protocol/compare';
import type { CallContext } from '../../protocol/rpc';
import type { CompareRequest, ModelFacts, PairedModels } from '../../protocol/worker';
import type { Priority, WorkerPool } from '../../worker/pool';
import { dtypeText } from '../editor/dtypeText';
import { JobQueue, type QueuedJob } from '../editor/jobQueue';
import { createPairRows, type PairRows } from './pairRows';
import { buildPairSeries } from './pairSeries';

/** What a run needs. */
export interface PairRunHost {
  readonly pool: () => WorkerPool;
  /** Worker threads: twice as many pairs are asked for at a time, so that none of them waits for us. */
  readonly width: () => number;
  readonly onChange: () => void;
  readonly onInternalError: (e: unknown) => void;
}

/** What came of a pair. */
interface Outcome {
  readonly figures: PairFigures | null;
  readonly error: WireError | null;
}

/** How far a run is. */
export type RunProgress = Pick<
  ComparisonView,
  'state' | 'pairs' | 'donePairs' | 'failed' | 'fraction' | 'current'
>;

/** Compares all pairs of two models, those on the screen first. It holds figures only: one detail at a time. */
export class PairRun {
  readonly rows: PairRows;
  readonly #models: PairedModels;
  readonly #host: PairRunHost;
  readonly #queue = new JobQueue<QueuedJob>();
  readonly #outcomes = new Map<PairId, Outcome>();
  /** Fraction done of what is being compared. */
  readonly #running = new Map<PairId, number>();
  readonly #end = new AbortController();
  readonly #elements: number;
  #state: ComparisonView['state'] = 'cancelled';
  #work = new AbortController();
  #inFlight = 0;
  #doneElements = 0;
  #failed = 0;
  #version = 0;
  #latest: { readonly pair: PairId; readonly detail: ComparisonDetail } | null = null;

  constructor(models: PairedModels, host: PairRunHost) {
    this.#models = models;
    this.#host = host;
    this.#elements = models.pairs.reduce((sum, pair) => sum + elementsOf(pair), 0);
    this.rows = createPairRows({
      pairs: models.pairs,
      row: pair => this.row(pair),
      figures: pair => this.#figures(pair),
      version: () => this.#version,
    });
    this.resume();
  }

  /** Name of a pair; undefined where there is none. */
  nameOf(pair: PairId): string | undefined {
    return this.#models.pairs[pair]?.name;
  }

  progress(): RunProgress {
    const { pairs } = this.#models;
    let done = this.#doneElements;
    for (const [pair, fraction] of this.#running)
      if (!this.#outcomes.has(pair)) done += fraction * elementsOf(pairs[pair]!);
    const [current] = this.#running.keys();
    return {
      state: this.#state,
      pairs: pairs.length,
      donePairs: this.#outcomes.size,
      failed: this.#failed,
      fraction: this.#elements === 0 ? 1 : done / this.#elements,
      current: current === undefined ? null : pairs[current]!.name,
    };
  }

  row(pair: PairId): PairRow {
    const { name, shape, a, b } = this.#models.pairs[pair]!;
    const outcome = this.#outcomes.get(pair);
    return {
      ...{ pair, name, shape },
      otherName: b.entry.name === name ? null : b.entry.name,
      storedA: dtypeText(a.entry),
      storedB: dtypeText(b.entry),
      status: outcome ? statusOf(outcome) : this.#running.has(pair) ? 'running' : 'waiting',
      figures: outcome?.figures ?? null,
      error: outcome?.error?.message ?? null,
    };
  }

  series(marks: number): Omit<PairSeries, 'generation'> {
    const names = this.#models.pairs.map(p => p.name);
    return buildPairSeries({ names, figures: pair => this.#figures(pair) }, marks);
  }

  /** Takes note of pairs that are on the screen. */
  see(pairs: readonly PairId[]): void {
    this.#queue.see(pairs);
  }

  /** Compares what has not ended yet. */
  resume(): void {
    if (this.#state === 'running') return;
    this.#work = new AbortController();
    setMaxListeners(0, this.#work.signal); // one a request
    const open = Array.from(this.#models.pairs.keys()).filter(id => !this.#outcomes.has(id));
    this.#queue.setRest(open.map(tensor => ({ tensor })));
    this.#state = open.length === 0 ? 'done' : 'running';
    this.#fill();
    this.#host.onChange();
  }

  /** Stops after what is known; `resume` goes on. */
  cancel(): void {
    if (this.#state !== 'running') return;
    this.#state = 'cancelled';
    this.#queue.clear();
    this.#work.abort();
    this.#host.onChange();
  }

  /** A pair with heat map and histograms, before all others. A failure of the pair is in the answer. */
  async detail(
    pair: PairId,
    { signal, progress }: CallContext,
  ): Promise<Omit<PairDetail, 'generation'>> {
    if (this.#latest?.pair !== pair) await this.#compareInDetail(pair, { signal, progress });
    const detail = this.#latest?.pair === pair ? this.#latest.detail : null;
    return { ...this.row(pair), detail };
  }

  dispose(): void {
    this.cancel();
    this.#end.abort();
  }

  #figures(pair: PairId): PairFigures | null {
    return this.#outcomes.get(pair)?.figures ?? null;
  }

  #fill(): void {
    while (this.#state === 'running' && this.#inFlight < 2 * this.#host.width()) {
      const isOpen = ({ tensor }: QueuedJob) =>
        !this.#outcomes.has(tensor) && !this.#running.has(tensor);
      const turn = this.#queue.take(isOpen, false);
      if (!turn) return;
      void this.#compareInTurn(turn.job.tensor, turn.priority);
    }
  }

  async #compareInTurn(pair: PairId, priority: Priority): Promise<void> {
    this.#inFlight++;
    try {
      await this.#compare(pair, { signal: this.#work.signal, priority });
    } catch {
      // cancelled: the pair stays open
    }
    this.#inFlight--;
    this.#fill();
  }

  async #compareInDetail(pair: PairId, { signal, progress }: CallContext): Promise<void> {
    const either = AbortSignal.any([signal, this.#end.signal]);
    try {
      await this.#compare(pair, { signal: either, priority: 'selected', progress });
    } finally {
      // The queue may have passed over it meanwhile.
      if (!this.#outcomes.has(pair)) this.#queue.ask([{ tensor: pair }], false);
      this.#fill();
    }
  }

  /** Compares a pair; with `progress` in detail. @throws WeightError 'cancelled' only */
  async #compare(pair: PairId, { signal, priority, progress }: CompareCall): Promise<void> {
    this.#running.set(pair, 0);
    const onProgress = (fraction: number) => {
      this.#running.set(pair, fraction);
      progress?.(fraction);
      this.#host.onChange();
    };
    const request = this.#requestOf(pair, progress !== undefined);
    try {
      const asked = this.#host.pool().request('tensor/compare', request, {
        ...{ signal, priority, onProgress },
      });
      const { detail, ...figures } = await asked;
      if (detail) this.#latest = { pair, detail };
      this.#conclude(pair, { figures, error: null });
    } catch (e) {
      if (WeightError.is(e, 'cancelled')) throw e;
      if (!WeightError.is(e)) this.#host.onInternalError(e);
      this.#conclude(pair, { figures: null, error: toWire(e) });
    } finally {
      this.#running.delete(pair);
      this.#host.onChange();
    }
  }

  #conclude(pair: PairId, outcome: Outcome): void {
    const before = this.#outcomes.get(pair);
    if (!before) this.#doneElements += elementsOf(this.#models.pairs[pair]!);
    this.#failed += Number(outcome.error !== null) - Number(before ? before.error !== null : false);
    this.#outcomes.set(pair, outcome);
    this.#version++;
    if (this.#outcomes.size === this.#models.pairs.length) this.#state = 'done';
  }

  #requestOf(pair: PairId, detail: boolean): CompareRequest {
    const { a, b, shape } = this.#models.pairs[pair]!;
    return { a: sized(a, this.#models.a), b: sized(b, this.#models.b), shape, detail };
  }
}

interface CompareCall {
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Set for a detail. */
  readonly progress?: CallContext['progress'];
}

function sized(part: Part, { files }: ModelFacts) {
  const { path } = part.entry.data;
  return { ...part, fileSize: files.find(f => f.path === path)?.byteLength ?? 0 };
}

function elementsOf({ shape }: Pair): number {
  return shape.reduce((a, b) => a * b, 1);
}

function statusOf({ figures }: Outcome): PairRow['status'] {
  return figures ? 'done' : 'failed';
}
