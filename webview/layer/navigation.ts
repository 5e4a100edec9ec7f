import * as l10n from '@vscode/l10n';
import type { Row, RowsView, TensorId } from '../../src/protocol/editor';
import { createLatest } from '../connection';
import { button, h, setAttribute } from '../dom';
import type { Session } from '../session';
import { hostView } from '../state';

/** Names that are suggested at a time. */
const mostNames = 12;

/**
 * To the layers before and after in the order of the table, and to any by its name.
 * @param id of the list of names, unique on the page
 */
export function createNavigation(session: Session, id: string) {
  const names = h('datalist', { id });
  const jump = h('input', {
    type: 'text',
    class: 'layer-jump',
    list: id,
    placeholder: l10n.t('Go to layer …'),
    'aria-label': l10n.t('Go to a layer by its name'),
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const step = (label: string, icon: string, by: 1 | -1) =>
    button({ label, icon, kind: 'icon', onClick: () => void go(by) });
  const previous = step(l10n.t('Previous layer'), 'arrow-up', -1);
  const next = step(l10n.t('Next layer'), 'arrow-down', 1);
  const box = h('div', { class: 'layer-jump-box' }, jump, names);
  const element = h('div', { class: 'layer-navigation' }, box, previous, next);
  const neighbours = createLatest(() => undefined); // the rows' own requests tell of a host that fails
  const suggestions = createLatest(() => undefined);
  let asked = '';
  let around: { readonly before: TensorId | null; readonly after: TensorId | null } = {
    before: null,
    after: null,
  };

  function go(by: 1 | -1): void {
    const tensor = by < 0 ? around.before : around.after;
    if (tensor !== null) session.select(tensor, 'chart');
  }

  function plainView(filter: string): RowsView {
    return { ...hostView(session.state.saved), filter, grouped: false, collapsed: [] };
  }

  async function findAround(tensor: TensorId, signal: AbortSignal) {
    const view = plainView(session.state.saved.filter);
    const { row } = await session.request('rows/find', { view, tensor }, { signal });
    if (row === null) return { before: null, after: null };
    const from = Math.max(0, row - 1);
    const page = await session.request('rows/page', { view, from, count: 3 }, { signal });
    return {
      before: tensorAt(page.rows, row - 1 - from),
      after: tensorAt(page.rows, row + 1 - from),
    };
  }

  jump.addEventListener('input', () => {
    const view = plainView(jump.value);
    void suggestions.run(
      signal => session.page(view, mostNames, signal),
      rows => names.replaceChildren(...rows.flatMap(optionOf)),
    );
  });
  jump.addEventListener('change', () => void leave());
  jump.addEventListener('keydown', event => {
    if (event.key === 'Enter') void leave();
  });

  /** Without an exact match the first suggestion is meant. */
  async function leave(): Promise<void> {
    const name = jump.value.trim();
    if (name === '') return;
    jump.value = '';
    const suggested = [...names.options].map(option => option.value);
    const meant = suggested.includes(name)
      ? name
      : suggested.find(other => other.toLowerCase().includes(name.toLowerCase()));
    await session.selectByName(meant ?? name);
  }

  return {
    element,
    focus: () => jump.focus(),
    /** The names alone: nothing has no neighbours. */
    box,
    update(): void {
      const { selected, saved, doc } = session.state;
      const key = JSON.stringify([doc?.generation, selected, hostView(saved), saved.filter]);
      if (key !== asked && selected !== null) {
        asked = key;
        void neighbours.run(
          signal => findAround(selected, signal),
          found => {
            around = found;
            setAttribute(previous, 'aria-disabled', around.before === null ? 'true' : undefined);
            setAttribute(next, 'aria-disabled', around.after === null ? 'true' : undefined);
          },
        );
      }
    },
  };
}

function tensorAt(rows: readonly Row[], at: number): TensorId | null {
  const row = at < 0 ? undefined : rows[at];
  return row?.kind === 'tensor' ? row.tensor : null;
}

function optionOf(row: Row): HTMLOptionElement[] {
  return row.kind === 'tensor' ? [h('option', { value: row.name })] : [];
}
