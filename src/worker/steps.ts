import type { Handlers } from '../protocol/rpc';
import type { StepsWork } from '../protocol/steps';

/** Answers for the steps view. */
export function stepsHandlers(): Handlers<StepsWork> {
  return {};
}
