import * as v from 'valibot';
import {
  type CastsView,
  castFigures,
  castFormats,
  type PrecisionRequests,
} from '../../../protocol/precision';
import type { Handlers } from '../../../protocol/rpc';
import { checked, type Schemas } from '../../checked';
import { type CastLayers, createCastLayers } from '../castLayers';
import type { Loaded } from '../loaded';
import { isConverted, isFloating, targetOf } from '../schemes';
import { bounded, loadedWith, type RequestHost, tensorId } from './common';

const cast = { format: v.picklist(castFormats), by: v.picklist(['count', 'share']) };

const castsView = v.strictObject({
  ...cast,
  sort: v.picklist(['model', 'name', 'dtype', 'values', ...castFigures]),
  descending: v.boolean(),
}) satisfies v.GenericSchema<unknown, CastsView>;

const schemas: Schemas<PrecisionRequests> = {
  'precision/sizes': v.null(),
  'precision/wantCasts': v.null(),
  'casts/totals': v.null(),
  'casts/page': v.strictObject({ view: castsView, from: tensorId, count: bounded(0, 2000) }),
  'casts/find': v.strictObject({ view: castsView, tensor: tensorId }),
  'casts/series': v.strictObject({
    ...cast,
    figure: v.picklist(castFigures),
    marks: bounded(1, 10_000),
  }),
};

/** Answers for the precision part of the page. */
export function precisionHandlers(host: RequestHost): Handlers<PrecisionRequests> {
  const { document, services } = host;
  let made: { readonly of: Loaded; readonly layers: CastLayers } | undefined;

  function layers(): CastLayers {
    const of = loadedWith(document);
    if (made?.of !== of) {
      const { model, analysis, rows } = of;
      const source = { tensors: model.tensors, analysis, order: () => rows.modelOrder() };
      made = { of, layers: createCastLayers(source) };
    }
    return made.layers;
  }

  const generation = () => document.generation;

  return checked<PrecisionRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      async 'precision/sizes'(_, { signal }) {
        const { model } = loadedWith(document);
        const asked = generation();
        const floating = model.tensors.filter(isFloating);
        const converted = floating.filter(isConverted);
        const target = targetOf(model);
        const parameters = floating.reduce((sum, { count }) => sum + count, 0);
        const sizes = await services
          .pool()
          .request('model/sizes', { ...target, parameters }, { signal });
        return {
          generation: asked,
          ...sizes,
          converted: {
            tensors: converted.length,
            weights: converted.reduce((sum, { count }) => sum + count, 0),
          },
          others: {
            tensors: model.tensors.length - converted.length,
            byteLength: target.otherBytes,
          },
          parameters,
        };
      },
      'precision/wantCasts'() {
        loadedWith(document).analysis.wantCasts();
        return null;
      },
      'casts/totals': () => ({ generation: generation(), ...layers().totals() }),
      'casts/page'({ view, from, count }) {
        const page = layers().page(view, from, count);
        // Pages are asked for as they come into sight.
        loadedWith(document).analysis.see(page.rows.map(row => row.tensor));
        return { generation: generation(), ...page };
      },
      'casts/find': ({ view, tensor }) => ({ row: layers().find(view, tensor) }),
      'casts/series': query => ({ generation: generation(), ...layers().series(query) }),
    },
  );
}
