import * as v from 'valibot';
import type { Handlers } from '../../../protocol/rpc';
import { exampleIds, mostWatched, type StepsRequests } from '../../../protocol/steps';
import { checked, type Schemas } from '../../checked';
import { entryOf, type RequestHost, schemeText, tensorId, tensorRef } from './common';

const finite = v.pipe(v.number(), v.finite());

const schemas: Schemas<StepsRequests> = {
  'steps/values': v.strictObject({
    scheme: schemeText,
    values: v.pipe(v.array(finite), v.minLength(1), v.maxLength(mostWatched)),
  }),
  'steps/example': v.strictObject({ example: v.picklist(exampleIds) }),
  'steps/row': v.strictObject({
    tensor: tensorRef,
    scheme: schemeText,
    row: tensorId,
    col: tensorId,
  }),
  'steps/ruler': v.strictObject({
    scheme: schemeText,
    range: v.pipe(
      v.strictObject({ lo: finite, hi: finite }),
      v.check(({ lo, hi }) => lo <= hi),
    ),
  }),
};

/** Answers for the steps part of the page. */
export function stepsHandlers(host: RequestHost): Handlers<StepsRequests> {
  const { document, services } = host;
  return checked<StepsRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      'steps/values': (asked, { signal }) =>
        services.pool().request('steps/values', asked, { signal }),
      'steps/example': (asked, { signal }) =>
        services.pool().request('steps/example', asked, { signal }),
      'steps/ruler': (asked, { signal }) =>
        services.pool().request('steps/ruler', asked, { signal }),
      'steps/row': ({ tensor, ...place }, { signal, progress }) =>
        services
          .pool()
          .request(
            'steps/row',
            { ...entryOf(document, tensor), ...place },
            { signal, onProgress: progress, priority: 'selected' },
          ),
    },
  );
}
