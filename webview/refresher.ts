/** Between refreshes while figures arrive: so many times what a refresh took, at most so many milliseconds. */
const pauseFactor = 3;
const longestPause = 1000;

/** What is refreshed, and how. */
export interface RefresherOptions {
  refresh(): Promise<void>;
  /** Whether the host has work of its own to do: most of its time is to be left to that. */
  isHostBusy(): boolean;
  onError(error: unknown): void;
}

/**
 * Gives a function that asks for a refresh, `atOnce` without the pause: for what the user did. One runs at a time; changes that
 * come meanwhile make one more. Nothing starves, nothing piles up.
 */
export function createRefresher({ refresh, isHostBusy, onError }: RefresherOptions) {
  let isRunning = false;
  let isDirty = false;
  let isUrgent = false;
  let endPause = () => {};

  return async function ask(atOnce = false): Promise<void> {
    isDirty = true;
    isUrgent ||= atOnce;
    if (isUrgent) endPause();
    if (isRunning) return;
    isRunning = true;
    try {
      while (isDirty) {
        isDirty = false;
        isUrgent = false;
        const began = performance.now();
        await refresh();
        if (isHostBusy() && !isUrgent) await pause(pauseFactor * (performance.now() - began));
      }
    } catch (error) {
      onError(error);
    } finally {
      isRunning = false;
    }
  };

  function pause(wanted: number): Promise<void> {
    return new Promise(done => {
      endPause = done;
      setTimeout(done, Math.min(longestPause, wanted));
    });
  }
}
