import * as v from 'valibot';
import type { LayerRef, LayerRequests, LayerTask } from '../../../protocol/layer';
import type { CallContext, Handlers } from '../../../protocol/rpc';
import type { PoolCall } from '../../../worker/pool';
import { checked, type Schemas } from '../../checked';
import { channelMarks } from '../channelMarks';
import { Layers } from '../layers';
import type { Loaded } from '../loaded';
import { bounded, entryOf, loadedWith, type RequestHost, schemeText, tensorRef } from './common';

/** No tensor has more rows, columns or segments. */
const place = bounded(0, Number.MAX_SAFE_INTEGER);
const ref = { tensor: tensorRef, scheme: schemeText };
const window = v.strictObject({ row: place, rows: place, col: place, cols: place });

const schemas: Schemas<LayerRequests> = {
  'layer/get': v.strictObject(ref),
  'layer/channels': v.strictObject({ ...ref, from: place, to: place, marks: bounded(1, 2000) }),
  'layer/map': v.strictObject({
    ...ref,
    of: v.picklist(['weight', 'error']),
    window: v.nullable(window),
    cells: bounded(1, 256),
  }),
  'layer/curve': v.strictObject({
    ...ref,
    by: v.picklist(['scheme', 'mse', 'kl']),
    segment: place,
  }),
  'layer/fixes': v.strictObject(ref),
};

/** What was looked at of each generation: it goes with it. */
const shelves = new WeakMap<Loaded, Layers>();

/** Answers for the layer part of the page. */
export function layerHandlers({
  document,
  services,
  onInternalError,
}: RequestHost): Handlers<LayerRequests> {
  /** What a request is about, with what is known of other layers of its generation. */
  const about = ({ tensor, scheme }: LayerRef) => {
    const { entry, fileSize } = entryOf(document, tensor);
    const loaded = loadedWith(document);
    const layers = shelves.get(loaded) ?? new Layers(services.pool);
    shelves.set(loaded, layers);
    const task: LayerTask = { entry, fileSize, scheme, sigma: loaded.sigma };
    return { id: tensor.tensor, layers, task };
  };
  const look = (asked: LayerRef, { signal, progress }: CallContext) => {
    const { id, layers, task } = about(asked);
    return layers.get(id, task, { signal, onProgress: progress });
  };
  const following = ({ signal, progress }: CallContext): PoolCall => ({
    signal,
    onProgress: progress,
    priority: 'selected',
  });

  return checked<LayerRequests>(
    { schemas, onInternalError },
    {
      'layer/get': async (asked, context) => (await look(asked, context)).view,
      async 'layer/channels'(asked, context) {
        const { rows } = await look(asked, context);
        return rows && channelMarks(rows, asked);
      },
      'layer/map'({ of, window, cells, ...asked }, context) {
        const { id, layers, task } = about(asked);
        const statistics = layers.statistics(id);
        const request = { ...task, of, window, cells, statistics };
        return services.pool().request('layer/map', request, following(context));
      },
      'layer/curve'({ by, segment, ...asked }, context) {
        const { task } = about(asked);
        return services.pool().request('layer/curve', { ...task, by, segment }, following(context));
      },
      'layer/fixes': (asked, context) =>
        services.pool().request('layer/fixes', about(asked).task, following(context)),
    },
  );
}
