import * as v from 'valibot';
import { WeightError } from '../../base/errors';
import type { EditorRequests, RowsView, TensorRef } from '../../protocol/editor';
import type { Handlers } from '../../protocol/rpc';
import { checked, type Schemas } from '../checked';
import type { DocumentListener, ModelDocument } from './document';
import type { Loaded } from './loaded';
import { buildSeries } from './series';

/** What the handlers need beside the document. */
export interface RequestHost {
  readonly document: ModelDocument;
  /** The view that asks: its own selection is not told to it. */
  readonly view?: DocumentListener;
  reopenWith(editor: 'text' | 'hex' | 'pick'): Promise<void>;
  onInternalError(method: string, e: unknown): void;
}

const tensorId = v.pipe(v.number(), v.integer(), v.minValue(0));
const tensorRef = v.strictObject({
  generation: v.pipe(v.number(), v.integer()),
  tensor: tensorId,
}) satisfies v.GenericSchema<unknown, TensorRef>;
const rowsView = v.strictObject({
  // A page finds a tensor again by its whole name, as a regular expression.
  filter: v.pipe(v.string(), v.maxLength(100_000)),
  sort: v.picklist([
    ...(['model', 'name', 'dtype', 'shape', 'elements', 'bytes'] as const),
    ...(['absMax', 'std', 'outliers', 'sqnr0', 'sqnr1'] as const),
  ]),
  descending: v.boolean(),
  grouped: v.boolean(),
  collapsed: v.pipe(v.array(v.string()), v.maxLength(100_000)),
}) satisfies v.GenericSchema<unknown, RowsView>;

const schemas: Schemas<EditorRequests> = {
  'document/get': v.null(),
  'document/reload': v.null(),
  'document/reopenWith': v.strictObject({ editor: v.picklist(['text', 'hex', 'pick']) }),
  'rows/page': v.strictObject({ view: rowsView, from: tensorId, count: bounded(0, 2000) }),
  'rows/find': v.strictObject({ view: rowsView, tensor: tensorId }),
  'series/get': v.strictObject({ view: rowsView, marks: bounded(1, 10_000) }),
  'tensor/get': v.strictObject({ tensor: tensorId }),
  'tensor/stored': v.strictObject({ tensor: tensorRef }),
  'document/setRaw': v.strictObject({ raw: v.boolean() }),
  'analysis/start': v.strictObject({
    mode: v.picklist(['all', 'sample']),
    tensors: v.exactOptional(v.pipe(v.array(tensorId), v.maxLength(1_000_000))),
  }),
  'analysis/cancel': v.null(),
  'selection/set': v.strictObject({ tensor: v.nullable(tensorId) }),
};

function bounded(low: number, high: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));
}

/** Answers to everything a view may ask about its document. */
export function editorHandlers(host: RequestHost): Handlers<EditorRequests> {
  const { document } = host;

  const loaded = (tensors: readonly number[] = []): Loaded => {
    const { loaded } = document;
    if (!loaded) throw new WeightError('cancelled', 'the file is not open');
    const count = loaded.model.tensors.length;
    for (const id of tensors)
      if (id >= count) throw new WeightError('cancelled', `no tensor ${id} in this generation`);
    return loaded;
  };
  const generation = () => document.generation;

  return checked<EditorRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      async 'document/get'() {
        await document.whenReady();
        return document.view();
      },
      async 'document/reload'() {
        await document.reload();
        return null;
      },
      async 'document/reopenWith'({ editor }) {
        await host.reopenWith(editor);
        return null;
      },
      'rows/page'({ view, from, count }) {
        const { rows, analysis } = loaded();
        const page = rows.page(view, from, count);
        // Pages are asked for as they come into sight.
        analysis.see(page.rows.flatMap(row => (row.kind === 'tensor' ? [row.tensor] : [])));
        return { generation: generation(), ...page };
      },
      'rows/find': ({ view, tensor }) => ({ row: loaded([tensor]).rows.find(view, tensor) }),
      'series/get'({ view, marks }) {
        const { rows, model, analysis } = loaded();
        const schemes = document.view().schemes.length;
        const source = { tensors: model.tensors, schemes, analysis: analysis.result };
        return { generation: generation(), ...buildSeries(source, rows.order(view), marks) };
      },
      'tensor/get': ({ tensor }) => ({
        generation: generation(),
        ...loaded([tensor]).detail(tensor),
      }),
      'tensor/stored': ({ tensor: ref }, { signal }) => {
        loaded([ref.tensor]);
        if (ref.generation !== generation())
          throw new WeightError('cancelled', `generation ${ref.generation} is not shown any more`);
        return document.stored(ref.tensor, signal);
      },
      async 'document/setRaw'({ raw }) {
        await document.setRaw(raw);
        return null;
      },
      'analysis/start'({ mode, tensors }) {
        loaded(tensors).analysis.start(mode, tensors);
        return null;
      },
      'analysis/cancel'() {
        loaded().analysis.cancel();
        return null;
      },
      'selection/set'({ tensor }) {
        if (tensor !== null) loaded([tensor]);
        document.select(tensor, host.view);
        return null;
      },
    },
  );
}
