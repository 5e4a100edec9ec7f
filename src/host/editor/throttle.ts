/** A call that is made at once, then at most every so often, and always once after the last request. */
export interface Throttled {
  (): void;
  dispose(): void;
}

/** Limits `call` to one in `ms` milliseconds. */
export function atMostEvery(ms: number, call: () => void): Throttled {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const run = () => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, ms);
    call();
  };
  const throttled = () => {
    if (timer) again = true;
    else run();
  };
  return Object.assign(throttled, {
    dispose() {
      clearTimeout(timer);
      again = false;
    },
  });
}
