import type { Chunk } from '../../stats/profile';

/** Something that looks at a tensor chunk by chunk, as many times over as it needs. */
export interface Looker {
  add(chunk: Chunk): void;
  /** Ends a pass over the tensor. Returns true when nothing more is needed. */
  finish(): boolean;
  /**
   * Whether the next pass asks only how often each value occurs: then one chunk of the distinct values with their counts
   * may come in place of all others. What is so once stays so. Absent: no.
   */
  readonly isOrderless?: boolean;
}

/** Shows the distinct values of a tensor with their counts to a looker that asks for no more, until it has finished. */
export function lookAtCounts(looker: Looker, counted: Chunk): void {
  do looker.add(counted);
  while (!looker.finish());
}

/** Lookers that take their turns. */
export interface Turns extends Looker {
  /** The last of them once all others have finished; undefined until then. */
  readonly last: Looker | undefined;
}

/** Lookers that take their turns: each begins, and is made, with the pass after the one in which the last was finished. */
export function inTurn(makers: readonly (() => Looker)[]): Turns {
  let turn = 0;
  let current: Looker | undefined;
  return {
    add(chunk) {
      current ??= makers[turn]?.();
      current?.add(chunk);
    },
    finish() {
      current ??= makers[turn]?.();
      if (current && !current.finish()) return false;
      turn++;
      current = undefined;
      return turn >= makers.length;
    },
    get last() {
      if (turn !== makers.length - 1) return undefined;
      current ??= makers[turn]!();
      return current;
    },
  };
}
