import type { Handlers } from '../../../protocol/rpc';
import type { StepsRequests } from '../../../protocol/steps';
import type { RequestHost } from './common';

/** Answers for the steps part of the page. */
export function stepsHandlers(_host: RequestHost): Handlers<StepsRequests> {
  return {} as Handlers<StepsRequests>;
}
