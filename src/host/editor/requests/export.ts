import type { ExportRequests } from '../../../protocol/export';
import type { Handlers } from '../../../protocol/rpc';
import type { RequestHost } from './common';

/** Answers for the export part of the page. */
export function exportHandlers(_host: RequestHost): Handlers<ExportRequests> {
  return {} as Handlers<ExportRequests>;
}
