import { WeightError } from '../../src/base/errors';

/** Asks for something; progress is a fraction. */
export type Ask<T> = (signal: AbortSignal, onProgress: (fraction: number) => void) => Promise<T>;

/** One thing that is asked of the host again whenever what it depends on changes. The last answer stays until there is a new one. */
export interface Part<T> {
  readonly value: T | null;
  /** The question that `value` answers. */
  readonly answered: string | null;
  readonly status: 'empty' | 'loading' | 'ready' | 'failed' | 'cancelled';
  readonly fraction: number;
  /** Why it failed. */
  readonly message: string;
  /** Asks unless this very question is being asked or answered; an older question is aborted. */
  want(question: string, ask: Ask<T>): void;
  /** Like `want`, but lets an older question come to its answer first: dragging then shows something on its way. */
  follow(question: string, ask: Ask<T>): void;
  retry(): void;
  /** Stops asking, by the user's wish. */
  cancel(): void;
  /** Stops asking; the same question may be asked again. */
  suspend(): void;
  clear(): void;
}

/** What is asked next. */
interface Wish<T> {
  readonly question: string;
  readonly ask: Ask<T>;
}

/** Makes a part without an answer. */
export function createPart<T>(onChange: () => void): Part<T> {
  let value: T | null = null;
  let answered: string | null = null;
  let status: Part<T>['status'] = 'empty';
  let fraction = 0;
  let message = '';
  let wish: Wish<T> | null = null;
  let next: Wish<T> | null = null;
  let running: AbortController | null = null;

  function stop(): void {
    running?.abort();
    running = null;
    next = null;
  }

  async function run(wanted: Wish<T>): Promise<void> {
    stop();
    wish = wanted;
    const mine = new AbortController();
    running = mine;
    [status, fraction] = ['loading', 0];
    onChange();
    try {
      const answer = await wanted.ask(mine.signal, done => {
        if (running !== mine) return;
        fraction = done;
        onChange();
      });
      if (running !== mine) return;
      [value, answered, status] = [answer, wanted.question, 'ready'];
    } catch (error) {
      if (running !== mine) return;
      status = WeightError.is(error, 'cancelled') ? 'cancelled' : 'failed';
      message = error instanceof Error ? error.message : String(error);
    }
    running = null;
    if (next) void run(next);
    else onChange();
  }

  const isAsked = (question: string) => wish?.question === question && status !== 'empty';
  return {
    get value() {
      return value;
    },
    get answered() {
      return answered;
    },
    get status() {
      return status;
    },
    get fraction() {
      return fraction;
    },
    get message() {
      return message;
    },
    want(question, ask) {
      if (isAsked(question)) next = null;
      else void run({ question, ask });
    },
    follow(question, ask) {
      if (isAsked(question)) next = null;
      else if (running) next = { question, ask };
      else void run({ question, ask });
    },
    retry() {
      if (wish) void run(wish);
    },
    cancel() {
      if (!running) return;
      stop();
      status = 'cancelled';
      onChange();
    },
    suspend() {
      if (!running) return;
      stop();
      status = 'empty';
    },
    clear() {
      stop();
      [value, answered, status, wish] = [null, null, 'empty', null];
    },
  };
}
