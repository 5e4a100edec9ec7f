import { WeightError } from '../base/errors';
import type { SchemeDescription, SchemeFacts } from '../protocol/schemes';
import type { SchemeTarget } from '../protocol/worker';
import { plainBitsPerWeight } from '../quant/bitsPerWeight';
import { misfit } from '../quant/misfit';
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
    facts: factsOf(scheme, model),
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

/** Bits of whole bytes are stored, tensor by tensor. */
function factsOf(scheme: Scheme, { matrices, otherBytes }: SchemeTarget): SchemeFacts {
  let bits = 0;
  let elements = 0;
  let byteLength = otherBytes;
  for (const { rows, cols, count, byteLength: asStored } of matrices) {
    const matrix = { rows, cols };
    if (misfit(scheme, matrix) !== null) {
      byteLength += asStored;
      continue;
    }
    const each = plainBitsPerWeight(scheme, matrix) * rows * cols;
    bits += count * each;
    elements += count * rows * cols;
    byteLength += count * Math.ceil(each / 8);
  }
  return {
    meaning: schemeMeaning(scheme),
    bitsPerWeight: elements === 0 ? null : bits / elements,
    byteLength,
  };
}
