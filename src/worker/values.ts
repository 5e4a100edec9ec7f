import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { openElements } from '../checkpoints/elements';
import { type Formula, formulaOf } from '../explain/formula';
import type { Elements } from '../formats/elements';
import { matrixOf } from '../formats/rows';
import type { CallContext, Handlers } from '../protocol/rpc';
import {
  marks,
  type Places,
  type ValuesAsked,
  type ValuesPage,
  type ValuesWork,
} from '../protocol/values';
import type { Scheme } from '../quant/scheme';
import { parseScheme } from '../quant/schemeText';
import { figuresOf, misfitsOf } from './analysis';
import { type Desk, withRows } from './desk';
import { KeptSources } from './keptSources';
import { lookAtAll } from './looks';
import { QuantizedValues } from './quantizedValues';
import { Recent } from './recent';
import { Shared } from './shared';

/** Tensors under a scheme that are kept: the one that is looked at, and the one before. */
const mostTensors = 2;

/** Answers for the values view. */
export function valuesHandlers(desk: Desk): Handlers<ValuesWork> {
  const sources = new KeptSources(desk.files);
  const kept = new Recent<string, Shared<QuantizedValues>>(mostTensors);

  /** The tensor under its scheme; looked at once, however many pages ask. */
  async function quantized(asked: ValuesAsked, scheme: Scheme, context: CallContext) {
    const { entry, fileSize, version } = asked;
    const key = JSON.stringify([entry.name, entry.data, fileSize, version, asked.scheme]);
    const found = kept.get(key);
    const shared =
      found && !found.isEnded ? found : new Shared(own => settle(desk, { asked, scheme }, own));
    if (shared !== found) kept.set(key, shared);
    try {
      return await shared.join(context);
    } catch (e) {
      if (!context.signal.aborted) kept.delete(key);
      throw e;
    }
  }

  async function withElements<T>(
    asked: ValuesAsked,
    context: CallContext,
    work: (elements: Elements) => Promise<T>,
  ): Promise<T> {
    const source = () => sources.open(asked, context);
    const { entry, fileSize } = asked;
    const how = { fileSize, signal: context.signal, source };
    const { elements, close } = await openElements(desk.files, entry, how);
    try {
      return await work(elements);
    } finally {
      await close();
    }
  }

  async function pageOf(
    asked: ValuesAsked & { readonly places: Places },
    context: CallContext,
  ): Promise<ValuesPage> {
    checkReal(asked);
    const sorted = sortedPlaces(asked.places, asked.entry.count);
    const { scheme, misfit } = schemeOf(asked);
    const known = scheme && (await quantized(asked, scheme, context));
    return withElements(asked, context, async elements => {
      const page = emptyPage(asked.places, misfit);
      const exact = await exactOf(elements, sorted, { page, signal: context.signal });
      if (known)
        return { ...(await quantizedPage(known, elements, { sorted, page, context })), exact };
      const values = await elements.at(sorted.indices, context.signal);
      for (let i = 0; i < values.length; i++) page.values[sorted.slots[i]!] = values[i]!;
      return { ...page, exact };
    });
  }

  async function formulaFor(
    asked: ValuesAsked & { readonly index: number },
    context: CallContext,
  ): Promise<Formula> {
    checkReal(asked);
    const { scheme } = schemeOf(asked);
    if (!scheme) return { lines: [], rounding: null };
    const known = await quantized(asked, scheme, context);
    return withElements(asked, context, async elements => {
      let formula: Formula | undefined;
      await known.each(Float64Array.of(asked.index), elements, {
        signal: context.signal,
        visit(found) {
          formula = formulaOf(scheme, { ...found, params: found.params() });
        },
      });
      return formula!;
    });
  }

  return {
    'values/page': (asked, context) => desk.inTurn(asked.urgent, () => pageOf(asked, context)),
    'values/formula': (asked, context) =>
      desk.inTurn(asked.urgent, () => formulaFor(asked, context)),
  };
}

/** Shows the whole tensor to a scheme that needs to see it. */
async function settle(
  { files, means: { chunkBytes } }: Pick<Desk, 'means'> & { readonly files: FileSystem },
  { asked, scheme }: { readonly asked: ValuesAsked; readonly scheme: Scheme },
  context: CallContext,
): Promise<QuantizedValues> {
  const { entry, fileSize } = asked;
  const values = new QuantizedValues(scheme, entry.shape);
  if (values.isSettled) return values;
  const what = { entry, fileSize, schemes: [asked.scheme ?? ''] };
  await withRows(
    files,
    what,
    { ...context, ...(chunkBytes && { chunkBytes }), rows: {} },
    (stream, work) => lookAtAll(stream, [values.looker], { ...work, passes: 1 }),
  );
  return values;
}

/** The scheme that was asked for, if it applies, and why it does not. */
function schemeOf({ entry, scheme: text }: ValuesAsked): {
  scheme: Scheme | null;
  misfit: string | null;
} {
  if (text === null) return { scheme: null, misfit: null };
  const scheme = parseScheme(text);
  const [misfit = null] = misfitsOf(entry, matrixOf(entry.shape), [scheme]);
  return { scheme: misfit === null ? scheme : null, misfit };
}

function checkReal({ entry }: ValuesAsked): void {
  if (figuresOf(entry).statistics) return;
  const { name, dtype } = entry;
  throw new WeightError(
    'unsupported',
    `${quote(name)} is of ${dtype}: only real numbers are shown`,
    { tensor: name },
  );
}

/** Elements in the order of the tensor, and where each is on the page. */
interface Sorted {
  readonly indices: Float64Array;
  readonly slots: Int32Array;
}

/** The places that lie in the tensor. */
function sortedPlaces({ first, rows, rowStep, cols, colStep }: Places, count: number): Sorted {
  const indexOf = (slot: number) =>
    first + Math.floor(slot / cols) * rowStep + (slot % cols) * colStep;
  const slots = Int32Array.from({ length: rows * cols }, (_, slot) => slot)
    .filter(slot => indexOf(slot) < count)
    .sort((a, b) => indexOf(a) - indexOf(b));
  return { indices: Float64Array.from(slots, indexOf), slots };
}

function emptyPage({ rows, cols }: Places, misfit: string | null) {
  const values = new Float64Array(rows * cols).fill(Number.NaN);
  return { values, exact: null, quantized: null, misfit };
}

/** All digits, where some value of the page needs them. */
async function exactOf(
  elements: Elements,
  { indices, slots }: Sorted,
  { page, signal }: { readonly page: ValuesPage; readonly signal: AbortSignal },
): Promise<string[] | null> {
  const digits = await elements.digits(indices, signal);
  if (!digits?.some(text => !Number.isSafeInteger(Number(text)))) return null;
  const exact = new Array<string>(page.values.length).fill('');
  for (let i = 0; i < digits.length; i++) exact[slots[i]!] = digits[i]!;
  return exact;
}

async function quantizedPage(
  known: QuantizedValues,
  elements: Elements,
  how: { readonly sorted: Sorted; readonly page: ValuesPage; readonly context: CallContext },
): Promise<ValuesPage> {
  const { sorted, page, context } = how;
  const { length } = page.values;
  const quantized = {
    codes: new Int32Array(length),
    results: new Float32Array(length).fill(Number.NaN),
    marks: new Uint8Array(length),
  };
  await known.each(sorted.indices, elements, {
    signal: context.signal,
    visit({ value, code, result, isClipped, isKept }, i) {
      const slot = sorted.slots[i]!;
      page.values[slot] = value;
      quantized.codes[slot] = code;
      quantized.results[slot] = result;
      quantized.marks[slot] = (isClipped ? marks.clipped : 0) + (isKept ? marks.kept : 0);
    },
  });
  return { ...page, quantized };
}
