import * as v from 'valibot';
import { WeightError } from '../../../base/errors';
import { quote } from '../../../base/limits';
import type { Handlers } from '../../../protocol/rpc';
import {
  largestPage,
  type Places,
  type ValuesRef,
  type ValuesRequests,
} from '../../../protocol/values';
import { checked, type Schemas } from '../../checked';
import { bounded, entryOf, type RequestHost, schemeText, tensorId, tensorRef } from './common';

const ref = { tensor: tensorRef, scheme: v.nullable(schemeText) };

const schemas: Schemas<ValuesRequests> = {
  'values/page': v.strictObject({
    ...ref,
    places: v.strictObject({
      first: tensorId,
      rows: bounded(1, largestPage),
      rowStep: tensorId,
      cols: bounded(1, largestPage),
      colStep: tensorId,
    }) satisfies v.GenericSchema<unknown, Places>,
  }),
  'values/formula': v.strictObject({ ...ref, scheme: schemeText, index: tensorId }),
};

/** Answers for the values part of the page. */
export function valuesHandlers(host: RequestHost): Handlers<ValuesRequests> {
  const { document, services } = host;

  /** What the worker has to know of a tensor, and how it is asked. */
  function prepare({ tensor, scheme }: ValuesRef, index: number) {
    const { entry, fileSize } = entryOf(document, tensor);
    if (index >= entry.count)
      throw new WeightError(
        'malformed',
        `${quote(entry.name)} has ${entry.count} elements, and no number ${index}`,
      );
    const version = `${document.uri} ${document.generation}`;
    return {
      asked: { entry, fileSize, version },
      call: { priority: 'selected', place: JSON.stringify([version, tensor.tensor, scheme]) },
    } as const;
  }

  return checked<ValuesRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      'values/page'({ places, ...of }, { signal, progress }) {
        const { asked, call } = prepare(of, places.first);
        return services
          .pool()
          .request(
            'values/page',
            { ...asked, scheme: of.scheme, places },
            { ...call, signal, onProgress: progress },
          );
      },
      'values/formula'({ index, ...of }, { signal, progress }) {
        const { asked, call } = prepare(of, index);
        return services
          .pool()
          .request(
            'values/formula',
            { ...asked, scheme: of.scheme, index },
            { ...call, signal, onProgress: progress },
          );
      },
    },
  );
}
