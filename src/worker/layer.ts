import type { LayerWork } from '../protocol/layer';
import type { Handlers } from '../protocol/rpc';
import type { Desk } from './desk';
import { curveOfLayer } from './layerCurve';
import { fixesOfLayer } from './layerFixes';
import { mapLayer } from './layerMap';
import { lookAtLayer } from './layerView';

/** Answers for the layer view. */
export function layerHandlers({ files, means, inTurn }: Desk): Handlers<LayerWork> {
  return {
    'layer/get': (task, context) =>
      inTurn(task.urgent, watch => lookAtLayer(files, task, { ...context, ...means, ...watch })),
    'layer/map': (task, context) =>
      inTurn(task.urgent, watch => mapLayer(files, task, { ...context, ...means, ...watch })),
    'layer/curve': (task, context) =>
      inTurn(task.urgent, watch => curveOfLayer(files, task, { ...context, ...means, ...watch })),
    'layer/fixes': (task, context) =>
      inTurn(task.urgent, watch => fixesOfLayer(files, task, { ...context, ...means, ...watch })),
  };
}
