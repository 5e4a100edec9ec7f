import type { EditorRequests } from '../../../protocol/editor';
import type { Handlers } from '../../../protocol/rpc';
import type { RequestHost } from './common';
import { documentHandlers } from './document';
import { exportHandlers } from './export';
import { layerHandlers } from './layer';
import { precisionHandlers } from './precision';
import { schemesHandlers } from './schemes';
import { stepsHandlers } from './steps';
import { valuesHandlers } from './values';

/** Answers to everything a view may ask about its document. */
export function editorHandlers(host: RequestHost): Handlers<EditorRequests> {
  return {
    ...documentHandlers(host),
    ...schemesHandlers(host),
    ...layerHandlers(host),
    ...valuesHandlers(host),
    ...stepsHandlers(host),
    ...precisionHandlers(host),
    ...exportHandlers(host),
  };
}
