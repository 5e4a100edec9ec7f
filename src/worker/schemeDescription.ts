import { WeightError } from '../base/errors';
import type { SchemeDescription } from '../protocol/schemes';
import { type SchemeTarget, schemeSize } from '../quant/modelSizes';
import { presets } from '../quant/presets';
import type { Scheme } from '../quant/scheme';
import { schemeMeaning } from '../quant/schemeMeaning';
import { parseScheme, printScheme } from '../quant/schemeText';

/** Reads a scheme's text, and says what it would make of a model. */
export function describeScheme(text: string, model: SchemeTarget): SchemeDescription {
  const scheme = readScheme(text);
  if (typeof scheme === 'string') return { isGood: false, message: scheme };
  const shortest = printScheme(scheme);
  return {
    isGood: true,
    text: shortest,
    preset: presetNames().get(shortest) ?? null,
    scheme,
    facts: { meaning: schemeMeaning(scheme), ...schemeSize(scheme, model) },
  };
}

/** The scheme, or what is wrong with its text. */
function readScheme(text: string): Scheme | string {
  try {
    return parseScheme(text);
  } catch (e) {
    if (!WeightError.is(e)) throw e;
    return e.message.replace(/^scheme: /, '');
  }
}

let names: ReadonlyMap<string, string> | undefined;

/** Names of presets by the shortest text that means the same: of several the first. */
function presetNames(): ReadonlyMap<string, string> {
  names ??= new Map(
    presets.map(p => [printScheme(parseScheme(p.scheme)), p.name] as const).reverse(),
  );
  return names;
}
