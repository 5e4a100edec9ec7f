import * as v from 'valibot';
import type { Handlers } from '../../../protocol/rpc';
import { maxSchemes, type SchemeRequests } from '../../../protocol/schemes';
import { checked, type Schemas } from '../../checked';
import { type RequestHost, schemeText } from './common';

const schemas: Schemas<SchemeRequests> = {
  'schemes/presets': v.null(),
  'schemes/describe': v.strictObject({ text: schemeText }),
  'schemes/set': v.strictObject({
    schemes: v.pipe(v.array(schemeText), v.minLength(1), v.maxLength(maxSchemes)),
  }),
};

/** Answers for the schemes part of the page. */
export function schemesHandlers(host: RequestHost): Handlers<SchemeRequests> {
  const { document, services, onInternalError } = host;
  return checked<SchemeRequests>(
    { schemas, onInternalError },
    {
      'schemes/presets': (_, { signal }) =>
        services.pool().request('scheme/presets', null, { signal }),
      async 'schemes/describe'({ text }, { signal }) {
        // What it would make of the model is known when that is.
        await document.whenReady();
        return document.schemes.describe(text, signal);
      },
      async 'schemes/set'({ schemes }) {
        await document.setSchemes(schemes);
        return null;
      },
    },
  );
}
