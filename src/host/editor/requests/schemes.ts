import type { Handlers } from '../../../protocol/rpc';
import type { SchemeRequests } from '../../../protocol/schemes';
import type { RequestHost } from './common';

/** Answers for the schemes part of the page. */
export function schemesHandlers(_host: RequestHost): Handlers<SchemeRequests> {
  return {} as Handlers<SchemeRequests>;
}
