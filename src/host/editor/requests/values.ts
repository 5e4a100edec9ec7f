import type { Handlers } from '../../../protocol/rpc';
import type { ValuesRequests } from '../../../protocol/values';
import type { RequestHost } from './common';

/** Answers for the values part of the page. */
export function valuesHandlers(_host: RequestHost): Handlers<ValuesRequests> {
  return {} as Handlers<ValuesRequests>;
}
