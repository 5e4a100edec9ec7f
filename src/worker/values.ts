import type { Handlers } from '../protocol/rpc';
import type { ValuesWork } from '../protocol/values';
import type { Desk } from './desk';

/** Answers for the values view. */
export function valuesHandlers(_desk: Desk): Handlers<ValuesWork> {
  return {};
}
