import * as v from 'valibot';
import { WeightError } from '../../../base/errors';
import type { RowsView, TensorRef } from '../../../protocol/editor';
import { maxSchemes } from '../../../protocol/schemes';
import type { Services } from '../../services';
import type { DocumentListener, ModelDocument } from '../document';
import type { Loaded } from '../loaded';
import type { Exporting } from '../saveExport';

/** What the handlers need beside the document. */
export interface RequestHost {
  readonly document: ModelDocument;
  readonly services: Pick<Services, 'pool' | 'settings'>;
  /** Texts in the user's language; null where that is English. */
  readonly strings: Readonly<Record<string, string>> | null;
  /** Where what is exported goes, and the extension's version for reports; absent where nobody can be asked for a place. */
  readonly exporting?: Exporting;
  /** The view that asks: its own selection is not told to it. */
  readonly view?: DocumentListener;
  reopenWith(editor: 'text' | 'hex' | 'pick'): Promise<void>;
  onInternalError(method: string, e: unknown): void;
}

export const tensorId = v.pipe(v.number(), v.integer(), v.minValue(0));

export const tensorRef = v.strictObject({
  generation: v.pipe(v.number(), v.integer()),
  tensor: tensorId,
}) satisfies v.GenericSchema<unknown, TensorRef>;

/** A scheme's text: the parser says what is wrong with it. */
export const schemeText = v.pipe(v.string(), v.maxLength(10_000));

/** A whole number of [low, high]. */
export function bounded(low: number, high: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));
}

/**
 * What is shown now, with these tensors in it.
 * @throws WeightError 'cancelled' when it is not, any more
 */
export function loadedWith({ loaded }: ModelDocument, tensors: readonly number[] = []): Loaded {
  if (!loaded) throw new WeightError('cancelled', 'the file is not open');
  const count = loaded.model.tensors.length;
  for (const id of tensors)
    if (id >= count) throw new WeightError('cancelled', `no tensor ${id} in this generation`);
  return loaded;
}

/**
 * The entry of a tensor, and the size of its file when its header was read.
 * @throws WeightError 'cancelled' when its generation is not the one that is shown
 */
export function entryOf(document: ModelDocument, { generation, tensor }: TensorRef) {
  const { model } = loadedWith(document, [tensor]);
  if (generation !== document.generation)
    throw new WeightError('cancelled', `generation ${generation} is not shown any more`);
  const entry = model.tensors[tensor]!;
  const fileSize = model.files.find(f => f.path === entry.data.path)?.byteLength ?? 0;
  return { entry, fileSize };
}

const sqnrKeys = ['sqnr0', 'sqnr1', 'sqnr2', 'sqnr3'] as const;

/** Which tensors are shown, and in which order. */
export const rowsView = v.strictObject({
  // A page finds a tensor again by its whole name, as a regular expression.
  filter: v.pipe(v.string(), v.maxLength(100_000)),
  sort: v.picklist([
    ...(['model', 'name', 'dtype', 'shape', 'elements', 'bytes'] as const),
    ...(['absMax', 'std', 'outliers', ...sqnrKeys] as const),
  ]),
  descending: v.boolean(),
  grouped: v.boolean(),
  collapsed: v.pipe(v.array(v.string()), v.maxLength(100_000)),
}) satisfies v.GenericSchema<unknown, RowsView>;

/** The number of a scheme that is shown. */
export const schemeIndex = bounded(0, maxSchemes - 1);
