import * as v from 'valibot';
import { WeightError } from '../base/errors';
import type { CallContext, Handlers, Params } from '../protocol/rpc';

/** By request, what its parameters must be: a webview is the less trusted side, and this is all that it may say. */
export type Schemas<R> = { [K in keyof R]: v.GenericSchema<unknown, Params<R, K>> };

/** How requests are checked. */
export interface Checks<R> {
  readonly schemas: Schemas<R>;
  /** Told of what is thrown that is no WeightError: our mistakes. */
  onInternalError(method: string, e: unknown): void;
}

/** Puts the check of the parameters, and the log, around each handler. */
export function checked<R>(
  { schemas, onInternalError }: Checks<R>,
  handlers: Handlers<R>,
): Handlers<R> {
  const wrap = (method: keyof R & string) => async (raw: unknown, context: CallContext) => {
    try {
      const params = v.parse(schemas[method], raw);
      return await handlers[method](params, context);
    } catch (e) {
      if (!WeightError.is(e)) onInternalError(method, e);
      throw e;
    }
  };
  const names = Object.keys(handlers) as (keyof R & string)[];
  return Object.fromEntries(names.map(name => [name, wrap(name)])) as Handlers<R>;
}
