import * as v from 'valibot';
import { WeightError } from '../../../base/errors';
import type { DocumentRequests } from '../../../protocol/editor';
import type { Handlers } from '../../../protocol/rpc';
import { checked, type Schemas } from '../../checked';
import { rankWorst } from '../ranking';
import { buildSeries } from '../series';
import {
  bounded,
  loadedWith,
  type RequestHost,
  rowsView,
  schemeIndex,
  tensorId,
  tensorRef,
} from './common';

const schemas: Schemas<DocumentRequests> = {
  'page/strings': v.null(),
  'document/get': v.null(),
  'document/reload': v.null(),
  'document/reopenWith': v.strictObject({ editor: v.picklist(['text', 'hex', 'pick']) }),
  'rows/page': v.strictObject({ view: rowsView, from: tensorId, count: bounded(0, 2000) }),
  'rows/find': v.strictObject({ view: rowsView, tensor: tensorId }),
  'series/get': v.strictObject({
    view: rowsView,
    marks: bounded(1, 10_000),
    range: v.exactOptional(v.strictObject({ from: tensorId, to: tensorId })),
    byKind: v.exactOptional(schemeIndex),
  }),
  'ranking/get': v.strictObject({ view: rowsView, scheme: schemeIndex, count: bounded(1, 200) }),
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

/** Answers about the file as a whole, its rows and its charts. */
export function documentHandlers(host: RequestHost): Handlers<DocumentRequests> {
  const { document } = host;

  const loaded = (tensors: readonly number[] = []) => loadedWith(document, tensors);
  const generation = () => document.generation;
  const chartSource = () => {
    const { model, analysis } = loaded();
    const schemes = document.view().schemes.length;
    return { tensors: model.tensors, schemes, analysis: analysis.result };
  };

  return checked<DocumentRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      'page/strings': () => host.strings,
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
      'series/get'({ view, ...query }) {
        const { rows } = loaded();
        return { generation: generation(), ...buildSeries(chartSource(), rows.order(view), query) };
      },
      'ranking/get'({ view, scheme, count }) {
        // The order that is there already: the lowest are found without sorting all.
        const flat = { sort: 'model' as const, descending: false, grouped: false, collapsed: [] };
        const ids = loaded().rows.order({ filter: view.filter, ...flat });
        const worst = rankWorst(chartSource(), ids, { scheme, count });
        return { generation: generation(), worst };
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
