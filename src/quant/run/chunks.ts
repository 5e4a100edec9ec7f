import type { Chunk } from '../../stats/profile';

/** Something that looks at a tensor chunk by chunk, as many times over as it needs. */
export interface Looker {
  add(chunk: Chunk): void;
  /** Ends a pass over the tensor. Returns true when nothing more is needed. */
  finish(): boolean;
}

/** Lookers that take their turns: each begins with the pass after the one in which the last was finished. */
export function inTurn(makers: readonly (() => Looker)[]): Looker {
  let turn = 0;
  let current = makers[0]?.();
  return {
    add: chunk => current?.add(chunk),
    finish() {
      if (current && !current.finish()) return false;
      turn++;
      current = makers[turn]?.();
      return current === undefined;
    },
  };
}
