import type { StoredView } from '../src/checkpoints/storedView';
import type { TensorDetail, TensorRef } from '../src/protocol/editor';
import { createLatest } from './connection';

/** What is known of the stored parameters of the selected weight. */
export type StoredState = TensorRef &
  (
    | { readonly status: 'loading' }
    | { readonly status: 'ready'; readonly view: StoredView }
    | { readonly status: 'failed'; readonly message: string }
  );

/** How the figures are asked for. */
export interface StoredSource {
  ask(tensor: TensorRef, signal: AbortSignal): Promise<StoredView | null>;
  onChange(): void;
}

/** The stored parameters of one weight at a time: another one cancels what is under way. */
export interface StoredFigures {
  readonly state: StoredState | null;
  /** Asks for those of this weight, once; for another tensor's details drops what was there. */
  want(detail: TensorDetail): void;
  retry(): void;
  clear(): void;
}

/** Makes a holder of nothing. A failure is kept as state, for the place where the figures would stand. */
export function createStoredFigures({ ask, onChange }: StoredSource): StoredFigures {
  let state: StoredState | null = null;
  /** Kept beside the state, which is null also where the host has nothing. */
  let asked: TensorRef | null = null;
  const call = createLatest(error => {
    if (!state) return;
    const message = error instanceof Error ? error.message : String(error);
    set({ ...state, status: 'failed', message });
  });

  function set(next: StoredState | null): void {
    state = next;
    onChange();
  }

  function start(ref: TensorRef): void {
    asked = ref;
    set({ ...ref, status: 'loading' });
    void call.run(
      signal => ask(ref, signal),
      view => set(view && { ...ref, status: 'ready', view }),
    );
  }

  function clear(): void {
    call.abort();
    asked = null;
    if (state) set(null);
  }

  return {
    get state() {
      return state;
    },
    want({ generation, tensor, hasStoredParams }) {
      if (!hasStoredParams) clear();
      else if (asked?.tensor !== tensor || asked.generation !== generation)
        start({ generation, tensor });
    },
    retry() {
      if (asked && state?.status === 'failed') start(asked);
    },
    clear,
  };
}
