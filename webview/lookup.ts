import type { RowsView, TensorId } from '../src/protocol/editor';
import type { Connection } from './connection';
import { exactFilter, hostView, initialState } from './state';

/** Finds tensors; rejects with what the host rejects with. */
export interface Lookup {
  /** Row of a tensor in a view; null when the view does not show it. */
  rowOf(view: RowsView, tensor: TensorId): Promise<number | null>;
  /** The tensor of exactly this name; null when there is none. */
  byName(name: string): Promise<TensorId | null>;
}

/** Asks the host, which has the names. */
export function createLookup(request: Connection['client']['request']): Lookup {
  return {
    rowOf: async (view, tensor) => (await request('rows/find', { view, tensor })).row,
    async byName(name) {
      const view: RowsView = {
        ...hostView(initialState),
        grouped: false,
        filter: exactFilter(name),
      };
      const page = await request('rows/page', { view, from: 0, count: 1 });
      const row = page.rows[0];
      return row?.kind === 'tensor' && row.name === name ? row.tensor : null;
    },
  };
}
