import { fromWire, toWire, WeightError, type WireError } from '../base/errors';

/** One side of a two-way pipe: a webview, a worker thread, or a test double. */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
}

/** A request table: name -> [params, result]. */
type Table<R> = Record<keyof R, readonly [params: unknown, result: unknown]>;
export type Params<R, K extends keyof R> = R[K] extends readonly [infer P, unknown] ? P : never;
export type Result<R, K extends keyof R> = R[K] extends readonly [unknown, infer A] ? A : never;

type Frame =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'event'; readonly name: string; readonly value: unknown };

interface Pending {
  resolve(value: unknown): void;
  reject(reason: Error): void;
  progress?(value: number): void;
}

/** What a caller may add to a request. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the fraction done, 0 to 1, as the other side reports it. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** The asking side. Every request ends exactly once: result, error or `cancelled`. */
export interface Client<R> {
  request<K extends keyof R & string>(
    method: K,
    params: Params<R, K>,
    options?: CallOptions,
  ): Promise<Result<R, K>>;
  /** Rejects everything still pending with `reason`, or `cancelled`, and everything asked afterwards. */
  dispose(reason?: Error): void;
}

/** Makes the asking side of `port`. */
export function createClient<R extends Table<R>>(port: Port): Client<R> {
  let nextId = 0;
  let closed: Error | undefined;
  const pending = new Map<number, Pending>();

  const stop = port.onMessage(raw => {
    const frame = raw as Frame;
    if (frame.kind === 'progress') pending.get(frame.id)?.progress?.(frame.value as number);
    if (frame.kind !== 'result' && frame.kind !== 'error') return;
    const call = pending.get(frame.id);
    pending.delete(frame.id);
    if (frame.kind === 'result') call?.resolve(frame.value);
    else call?.reject(fromWire(frame.error));
  });

  return {
    request(method, params, { signal, onProgress } = {}) {
      const cancelled = () => new WeightError('cancelled', `${method} was cancelled`);
      if (closed) return Promise.reject(closed);
      if (signal?.aborted) return Promise.reject(cancelled());
      const id = nextId++;
      const cancel = () => {
        const call = pending.get(id);
        if (!pending.delete(id)) return;
        port.post({ kind: 'cancel', id } satisfies Frame);
        call?.reject(cancelled());
      };
      const answer = new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject, ...(onProgress && { progress: onProgress }) });
      });
      signal?.addEventListener('abort', cancel, { once: true });
      port.post({ kind: 'request', id, method, params } satisfies Frame);
      return answer.finally(() => signal?.removeEventListener('abort', cancel)) as Promise<never>;
    },
    dispose(reason) {
      stop();
      closed = reason ?? new WeightError('cancelled', 'the connection closed');
      for (const call of pending.values()) call.reject(closed);
      pending.clear();
    },
  };
}

/** What a handler is given beside its parameters. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Reports the fraction done, 0 to 1. */
  progress(fraction: number): void;
}

/** The compiler demands one handler per request; nothing can be left unanswered. */
export type Handlers<R> = {
  [K in keyof R]: (
    params: Params<R, K>,
    context: CallContext,
  ) => Result<R, K> | Promise<Result<R, K>>;
};

/** Answers requests on `port`. Returns a function that stops answering and aborts what runs. */
export function serve<R extends Table<R>>(port: Port, handlers: Handlers<R>): () => void {
  const running = new Map<number, AbortController>();

  const stop = port.onMessage(raw => {
    const frame = raw as Frame;
    if (frame.kind === 'cancel') running.get(frame.id)?.abort();
    if (frame.kind === 'request') void answer(frame.id, frame.method, frame.params);
  });

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!Object.hasOwn(handlers, method)) throw new Error(`no handler for ${method}`);
      const handler = handlers[method as keyof R] as (p: unknown, c: CallContext) => unknown;
      const progress = (value: number) =>
        port.post({ kind: 'progress', id, value } satisfies Frame);
      const value = await handler(params, { signal: controller.signal, progress });
      port.post({ kind: 'result', id, value } satisfies Frame);
    } catch (e) {
      port.post({ kind: 'error', id, error: toWire(e) } satisfies Frame);
    } finally {
      running.delete(id);
    }
  }

  return () => {
    stop();
    for (const controller of running.values()) controller.abort();
  };
}

/** Posts an event: it says *that* something changed; the other side fetches again. */
export function notify<E, K extends keyof E & string>(port: Port, name: K, value: E[K]): void {
  port.post({ kind: 'event', name, value } satisfies Frame);
}

/** Calls `listener` for each event `name` on `port`. Returns a function that stops it. */
export function onEvent<E, K extends keyof E & string>(
  port: Port,
  name: K,
  listener: (value: E[K]) => void,
): () => void {
  return port.onMessage(raw => {
    const frame = raw as Frame;
    if (frame.kind === 'event' && frame.name === name) listener(frame.value as E[K]);
  });
}
