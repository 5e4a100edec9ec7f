import type { PrecisionRequests } from '../../../protocol/precision';
import type { Handlers } from '../../../protocol/rpc';
import type { RequestHost } from './common';

/** Answers for the precision part of the page. */
export function precisionHandlers(_host: RequestHost): Handlers<PrecisionRequests> {
  return {} as Handlers<PrecisionRequests>;
}
