import type { LayerWork } from '../protocol/layer';
import type { Handlers } from '../protocol/rpc';
import type { Desk } from './desk';

/** Answers for the layer view. */
export function layerHandlers(_desk: Desk): Handlers<LayerWork> {
  return {};
}
