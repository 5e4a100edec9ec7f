import { WeightError } from '../src/base/errors';
import type { EditorEvents, EditorRequests } from '../src/protocol/editor';
import { type Client, createClient, onEvent, type Port } from '../src/protocol/rpc';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The page's only way out: the host, and the state VS Code keeps for this tab. */
export interface Connection<R = EditorRequests, E = EditorEvents> {
  readonly client: Client<R>;
  onEvent<K extends keyof E & string>(name: K, listener: (value: E[K]) => void): void;
  /** Whatever was stored last, by any version of this page: validate it. */
  loadState(): unknown;
  storeState(state: unknown): void;
}

/** Connects to the host. To be called once: VS Code hands out its API a single time. */
export function connect<
  R extends Record<keyof R, readonly [unknown, unknown]> = EditorRequests,
  E = EditorEvents,
>(): Connection<R, E> {
  const api = acquireVsCodeApi();
  const port: Port = {
    post: message => api.postMessage(message),
    onMessage(listener) {
      const handle = (event: MessageEvent<unknown>) => {
        if (isFrame(event.data)) listener(event.data);
      };
      window.addEventListener('message', handle);
      return () => window.removeEventListener('message', handle);
    },
  };
  return {
    client: createClient<R>(port),
    onEvent: (name, listener) => void onEvent<E, typeof name>(port, name, listener),
    loadState: () => api.getState(),
    storeState: state => api.setState(state),
  };
}

/** Other scripts may post to the same window; ours are objects with a kind. */
function isFrame(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data;
}

/** Runs one kind of request so that a newer one aborts the older, whose answer is then dropped. */
export function createLatest(onError: (error: unknown) => void) {
  let current: AbortController | undefined;
  return {
    async run<T>(ask: (signal: AbortSignal) => Promise<T>, use: (value: T) => void): Promise<void> {
      current?.abort();
      const mine = new AbortController();
      current = mine;
      try {
        const value = await ask(mine.signal);
        if (!mine.signal.aborted) use(value);
      } catch (error) {
        if (!mine.signal.aborted && !WeightError.is(error, 'cancelled')) onError(error);
      }
    },
    abort(): void {
      current?.abort();
    },
  };
}

/** One run of `work` at a time; being asked meanwhile makes one more after it. Nothing starves, nothing piles up. */
export function createRepeat(
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isRunning = false;
  let isAsked = false;
  return async () => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isAsked) {
        isAsked = false;
        await work();
      }
    } catch (error) {
      onError(error);
    } finally {
      isRunning = false;
    }
  };
}
