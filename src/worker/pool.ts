import { Worker } from 'node:worker_threads';
import { WeightError } from '../base/errors';
import {
  type CallOptions,
  type Client,
  createClient,
  type Params,
  type Result,
} from '../protocol/rpc';
import type { WorkerRequests } from '../protocol/worker';
import { threadPort } from './threadPort';

/** How a pool is made. */
export interface PoolOptions {
  /** The bundled worker's file. */
  readonly workerPath: string;
  /** Most workers at a time. */
  readonly size: number;
  /** A worker without work ends after this many milliseconds. */
  readonly idleMs?: number;
}

type Name = keyof WorkerRequests & string;

/** Worker threads that answer requests, started when first needed. */
export interface WorkerPool {
  /**
   * Headers are read at once, beside whatever a worker does; analyses wait for a free worker, first come first served.
   * @throws WeightError 'io' when the worker dies; the next request starts another
   */
  request<K extends Name>(
    method: K,
    params: Params<WorkerRequests, K>,
    options?: CallOptions,
  ): Promise<Result<WorkerRequests, K>>;
  /** Ends every worker; what is pending is rejected as cancelled. */
  dispose(): Promise<void>;
}

/** Makes a pool; no thread is started yet. */
export function createPool(options: PoolOptions): WorkerPool {
  const members: Member[] = [];
  /** Analyses waiting for a worker: each starts when called. */
  const waiting: (() => void)[] = [];
  let disposed = false;

  const remove = (member: Member) => {
    const at = members.indexOf(member);
    if (at >= 0) members.splice(at, 1);
    dispatch();
  };
  const leastBusy = () => members.toSorted((a, b) => a.pending - b.pending)[0];
  const start = () => {
    const member = new Member(options, remove);
    members.push(member);
    return member;
  };
  const free = () =>
    members.find(m => m.analyses === 0) ?? (members.length < options.size ? start() : undefined);

  function dispatch(): void {
    while (
      waiting.length > 0 &&
      (members.length < options.size || members.some(m => m.analyses === 0))
    )
      waiting.shift()!();
  }

  /** Resolves with a worker that has nothing else to analyse. */
  function turn(signal: AbortSignal | undefined): Promise<Member> {
    const now = waiting.length === 0 ? free() : undefined;
    if (now) return Promise.resolve(claim(now));
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        if (disposed) reject(new WeightError('cancelled', 'the workers were stopped'));
        else resolve(claim(free()!));
      };
      const leave = () => {
        const at = waiting.indexOf(begin);
        if (at >= 0) waiting.splice(at, 1);
        reject(new WeightError('cancelled', 'cancelled while waiting for a worker'));
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(begin);
    });
  }

  const claim = (member: Member) => {
    member.analyses++;
    return member;
  };

  return {
    async request(method, params, call = {}) {
      if (disposed) throw new WeightError('cancelled', 'the workers were stopped');
      if (call.signal?.aborted) throw new WeightError('cancelled', `${method} was cancelled`);
      if (method !== 'tensor/analyze')
        return (leastBusy() ?? start()).request(method, params, call);
      const member = await turn(call.signal);
      try {
        return await member.request(method, params, call);
      } finally {
        member.analyses--;
        dispatch();
      }
    },
    async dispose() {
      disposed = true;
      for (const begin of waiting.splice(0)) begin();
      await Promise.all(members.splice(0).map(m => m.stop()));
    },
  };
}

/** One worker thread and what it has been asked. */
class Member {
  pending = 0;
  analyses = 0;
  readonly #worker: Worker;
  readonly #client: Client<WorkerRequests>;
  readonly #idleMs: number;
  readonly #gone: (member: Member) => void;
  #idle: NodeJS.Timeout | undefined;

  constructor({ workerPath, idleMs = 60_000 }: PoolOptions, gone: (member: Member) => void) {
    this.#idleMs = idleMs;
    this.#gone = gone;
    this.#worker = new Worker(workerPath, { stdout: false, stderr: false });
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
