import { WeightError } from '../../base/errors';
import type { LayerAnswer, LayerRows, LayerStatistics, LayerTask } from '../../protocol/layer';
import type { CallOptions } from '../../protocol/rpc';
import type { WorkerPool } from '../../worker/pool';

/** Bytes of what is kept of layers that were looked at: some hundred of them, or a few with very many rows. */
const keptBytes = 64 * 2 ** 20;
/** Of a view without its rows, about: two histograms and the largest values. */
const viewBytes = 32 * 1024;
/** Tensors whose statistics are kept, which a change of the scheme does not touch. */
const mostStatistics = 64;

/** A layer and who waits for it. */
interface Pending {
  readonly answer: Promise<LayerAnswer>;
  readonly users: Set<CallOptions>;
  readonly controller: AbortController;
}

/** Layers of one generation of a file that were looked at last, for all views of the document. */
export class Layers {
  readonly #pool: () => WorkerPool;
  readonly #kept = new Map<string, LayerAnswer>();
  readonly #statistics = new Map<number, LayerStatistics>();
  readonly #pending = new Map<string, Pending>();
  #bytes = 0;

  constructor(pool: () => WorkerPool) {
    this.#pool = pool;
  }

  /** What does not hang on the scheme; null where it is not known, or no more. */
  statistics(tensor: number): LayerStatistics | null {
    return this.#statistics.get(tensor) ?? null;
  }

  /**
   * A layer under a scheme: what is kept, or what somebody else waits for already, or made anew. It is given up when nobody
   * waits any more.
   * @throws WeightError 'cancelled' with the signal, or what the worker throws
   */
  async get(tensor: number, task: LayerTask, call: CallOptions): Promise<LayerAnswer> {
    const key = `${tensor} ${task.scheme}`;
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const pending = this.#pending.get(key) ?? this.#begin(key, tensor, task);
    return this.#wait(pending, call);
  }

  #begin(key: string, tensor: number, task: LayerTask): Pending {
    const controller = new AbortController();
    const users = new Set<CallOptions>();
    const statistics = this.statistics(tensor);
    const answer = this.#pool().request(
      'layer/get',
      { ...task, statistics },
      {
        signal: controller.signal,
        priority: 'selected',
        onProgress: fraction => {
          for (const { onProgress } of users) onProgress?.(fraction);
        },
      },
    );
    const pending = { answer, users, controller };
    this.#pending.set(key, pending);
    const end = () => {
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    };
    answer.then(
      answer => {
        end();
        this.#keep(key, tensor, answer);
      },
      () => end(), // whoever waits is told
    );
    controller.signal.addEventListener('abort', end, { once: true });
    return pending;
  }

  async #wait({ answer, users, controller }: Pending, call: CallOptions): Promise<LayerAnswer> {
    const { signal } = call;
    users.add(call);
    const leave = () => {
      users.delete(call);
      if (users.size === 0) controller.abort();
    };
    let cancel = () => {};
    const cancelled = new Promise<never>((_, reject) => {
      cancel = () => {
        // First: with the last one the worker's request ends too.
        reject(new WeightError('cancelled', 'the layer is not waited for any more'));
        leave();
      };
    });
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      return await Promise.race([answer, cancelled]);
    } finally {
      signal?.removeEventListener('abort', cancel);
      users.delete(call);
    }
  }

  #keep(key: string, tensor: number, answer: LayerAnswer): void {
    this.#statistics.delete(tensor);
    this.#statistics.set(tensor, answer.statistics);
    if (this.#statistics.size > mostStatistics) this.#statistics.delete(firstOf(this.#statistics));
    this.#kept.set(key, answer);
    this.#bytes += bytesOf(answer);
    while (this.#bytes > keptBytes && this.#kept.size > 1) {
      const oldest = firstOf(this.#kept);
      this.#bytes -= bytesOf(this.#kept.get(oldest)!);
      this.#kept.delete(oldest);
    }
  }
}

function firstOf<K>(map: Map<K, unknown>): K {
  return map.keys().next().value as K;
}

function bytesOf({ rows }: LayerAnswer): number {
  return viewBytes + (rows ? bytesOfRows(rows) : 0);
}

function bytesOfRows({ absMax, sqnrDb, mse, params }: LayerRows): number {
  const ofParams = params ? 6 * params.scale.low.byteLength : 0;
  return absMax.byteLength + sqnrDb.byteLength + mse.byteLength + ofParams;
}
