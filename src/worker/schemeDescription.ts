import type { SchemeDescription } from '../protocol/schemes';
import type { SchemeTarget } from '../protocol/worker';

/** Reads a scheme's text, and says what it would make of a model. */
export function describeScheme(text: string, _model: SchemeTarget): SchemeDescription {
  return { isGood: false, message: text };
}
