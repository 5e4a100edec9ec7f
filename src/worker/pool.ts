import { Worker } from 'node:worker_threads';
import { throwIfCancelled, WeightError } from '../base/errors';
import {
  type CallOptions,
  type Client,
  createClient,
  type Params,
  type Result,
} from '../protocol/rpc';
import type { WorkerRequests } from '../protocol/worker';
import { isUrgent, Line, type Priority, rankOf } from './line';
import { threadPort } from './threadPort';
import type { WorkerOptions } from './workerOptions';

export { isUrgent, type Priority } from './line';

/** How a pool is made. */
export interface PoolOptions {
  /** The bundled worker's file. */
  readonly workerPath: string;
  /** Most workers at a time. */
  readonly size: number;
  /** Bytes of a tensor that a worker reads at a time; absent: what suits most. */
  readonly chunkBytes?: number;
  /** A worker without work ends after this many milliseconds. */
  readonly idleMs?: number;
}

type Name = keyof WorkerRequests & string;

/** Requests that take no worker's time worth speaking of. */
const atOnce: ReadonlySet<Name> = new Set([
  ...(['model/open', 'models/pair', 'tensor/plan'] as const),
  ...(['scheme/describe', 'scheme/presets', 'model/sizes'] as const),
  ...(['steps/values', 'steps/example', 'steps/ruler'] as const),
]);

/** Places whose workers are remembered. */
const mostPlaces = 16;

/** What a caller of the pool may add to a request. */
export interface PoolCall extends CallOptions {
  /** Of an analysis; `rest` when absent. */
  readonly priority?: Priority;
  /** Before others of its priority: it ends what was begun. */
  readonly isFirst?: boolean;
  /**
   * Requests of one place go to one worker, as long as it lives: it keeps what it has learned of the place. All but the first
   * are guests of whatever it does.
   */
  readonly place?: string;
}

/** Worker threads that answer requests, started when first needed. */
export interface WorkerPool {
  /**
   * Headers are read and plans made at once, beside whatever a worker does. Analyses, and parts of them, wait for a free
   * worker, by priority, then first come first served. An urgent one does not wait for less: where all workers are busy it
   * is a guest of one, whose own analysis loses time but no work; to stop that one would lose what it has read, again with
   * each hover.
   * @throws WeightError 'io' when the worker dies; the next request starts another
   */
  request<K extends Name>(
    method: K,
    params: Params<WorkerRequests, K>,
    options?: PoolCall,
  ): Promise<Result<WorkerRequests, K>>;
  /** Ends every worker; what is pending is rejected as cancelled. */
  dispose(): Promise<void>;
}

/** Makes a pool; no thread is started yet. */
export function createPool(options: PoolOptions): WorkerPool {
  const members: Member[] = [];
  const line = new Line<Member>();
  const places = new Map<string, Promise<Member>>();
  let disposed = false;

  const remove = (member: Member) => {
    const at = members.indexOf(member);
    if (at >= 0) members.splice(at, 1);
    dispatch();
  };
  const start = () => {
    const member = new Member(options, remove);
    members.push(member);
    return member;
  };
  const leastBusy = () => members.toSorted((a, b) => a.pending - b.pending)[0];
  const free = (priority: Priority) =>
    members.find(m => m.analyses.length === 0) ??
    (members.length < options.size ? start() : undefined) ??
    (isUrgent(priority) ? hostFor(members) : undefined);

  function dispatch(): void {
    if (!disposed) line.serve(free);
  }

  /** A worker that has nothing as urgent to analyse. */
  function turn({ priority = 'rest', signal, isFirst }: PoolCall): Promise<Member> {
    const member = line.wait(priority, signal, isFirst);
    dispatch();
    return member;
  }

  /** The worker of a place, or one whose turn it is, which is the place's from now on. */
  async function seat(call: PoolCall): Promise<Member> {
    const { place, signal, priority = 'rest' } = call;
    if (place === undefined) return turn(call);
    for (let known = places.get(place); known; known = places.get(place)) {
      const member = await known.catch(() => undefined);
      throwIfCancelled(signal);
      if (member && members.includes(member)) {
        member.analyses.push(priority);
        return member;
      }
      if (places.get(place) === known) places.delete(place);
    }
    const mine = turn(call);
    places.set(place, mine);
    for (const oldest of places.keys()) {
      if (places.size <= mostPlaces) break;
      places.delete(oldest);
    }
    return mine;
  }

  return {
    async request(method, params, call = {}) {
      if (disposed) throw stopped();
      if (call.signal?.aborted) throw new WeightError('cancelled', `${method} was cancelled`);
      if (atOnce.has(method)) return (leastBusy() ?? start()).request(method, params, call);
      const { priority = 'rest' } = call;
      const member = await seat(call);
      try {
        const asked = isUrgent(priority) ? Object.assign({}, params, { urgent: true }) : params;
        return await member.request(method, asked, call);
      } finally {
        member.analyses.splice(member.analyses.indexOf(priority), 1);
        dispatch();
      }
    },
    async dispose() {
      disposed = true;
      line.close(stopped());
      await Promise.all(members.splice(0).map(m => m.stop()));
    },
  };
}

function stopped(): WeightError {
  return new WeightError('cancelled', 'the workers were stopped');
}

/** The worker that an urgent analysis takes time from: with one that is not urgent, of the least use to the user. */
function hostFor(members: readonly Member[]): Member | undefined {
  return members
    .filter(m => !m.analyses.some(isUrgent))
    .toSorted((a, b) => rankOf(b.analyses[0]!) - rankOf(a.analyses[0]!))[0];
}

/** One worker thread and what it has been asked. */
class Member {
  pending = 0;
  /** Priorities of what it analyses: one, and a guest's. */
  readonly analyses: Priority[] = [];
  readonly #worker: Worker;
  readonly #client: Client<WorkerRequests>;
  readonly #idleMs: number;
  readonly #gone: (member: Member) => void;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions, gone: (member: Member) => void) {
    const { workerPath, chunkBytes, idleMs = 60_000 } = options;
    this.#idleMs = idleMs;
    this.#gone = gone;
    const workerData: WorkerOptions = { ...(chunkBytes && { chunkBytes }) };
    this.#worker = new Worker(workerPath, { workerData, stdout: false, stderr: false });
    this.#worker.unref();
    this.#client = createClient<WorkerRequests>(threadPort(this.#worker));
    let cause = '';
    this.#worker.on('error', e => {
      cause = `: ${e instanceof Error ? e.message : String(e)}`;
    });
    this.#worker.on('exit', code => {
      this.#client.dispose(
        new WeightError('io', `the worker thread stopped with code ${code}${cause}; try again`),
      );
      this.#leave();
    });
  }

  async request<K extends Name>(method: K, params: Params<WorkerRequests, K>, call: CallOptions) {
    clearTimeout(this.#idle);
    this.pending++;
    this.#worker.ref();
    try {
      return await this.#client.request(method, params, call);
    } finally {
      if (--this.pending === 0) this.#rest();
    }
  }

  #rest(): void {
    this.#worker.unref();
    this.#idle = setTimeout(() => {
      this.#leave();
      void this.stop();
    }, this.#idleMs);
    this.#idle.unref();
  }

  #leave(): void {
    clearTimeout(this.#idle);
    this.#gone(this);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    this.#client.dispose();
    await this.#worker.terminate();
  }
}
