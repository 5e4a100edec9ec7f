import type { LayerRequests } from '../../../protocol/layer';
import type { Handlers } from '../../../protocol/rpc';
import type { RequestHost } from './common';

/** Answers for the layer part of the page. */
export function layerHandlers(_host: RequestHost): Handlers<LayerRequests> {
  return {} as Handlers<LayerRequests>;
}
