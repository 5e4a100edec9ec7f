import * as l10n from '@vscode/l10n';
import type { TensorKind } from '../../src/base/tensorKind';
import { button, h, icon, setAttribute, setText, show } from '../dom';
import { formatCount } from '../format';
import type { Session } from '../session';
import { createChoice } from './choice';
import { createKindLegend } from './kindLegend';
import type { ChartTheme } from './theme';
import { shownCount } from './zoom';

/** What stands over the charts: what is shown in them, and how. */
export function createChartHead(session: Session) {
  const { state } = session;
  const twisty = icon('chevron-down');
  const collapse = h(
    'button',
    { type: 'button', class: 'section-toggle', onclick: toggleCollapsed },
    twisty,
    h('span', {}, l10n.t('Layers')),
  );
  const kinds = createKindLegend(toggleKind);
  const scheme = h('span', { class: 'of-scheme' });
  const colourBy = createChoice(
    l10n.t('Colour by'),
    [
      { id: 'scheme', label: l10n.t('Scheme') },
      { id: 'kind', label: l10n.t('Kind') },
    ],
    id => session.setOverview({ colourBy: id }),
  );
  const shownRange = h('span', { class: 'zoom-range' });
  const reset = button({
    label: l10n.t('Reset zoom'),
    icon: 'zoom-out',
    kind: 'link',
    title: l10n.t('Show all layers again (Escape, or a double click, in a chart)'),
    onClick: () => session.setOverview({ zoom: null }),
  });
  const zoom = h('div', { class: 'zoom', role: 'status' }, shownRange, reset);
  const asTable = button({
    label: l10n.t('Show as table'),
    icon: 'table',
    kind: 'link',
    title: l10n.t('Show as table'),
    onClick: () => session.setLayout({ chartsAsTable: !state.saved.chartsAsTable }),
  });
  const tools = h('div', { class: 'section-tools' }, zoom, colourBy.element, asTable);
  const element = h('div', { class: 'section-head' }, collapse, scheme, kinds.element, tools);

  function toggleCollapsed(): void {
    session.setLayout({ chartsCollapsed: !state.saved.chartsCollapsed });
  }

  function toggleKind(kind: TensorKind): void {
    session.setOverview({ hiddenKinds: toggled(state.saved.overview.hiddenKinds, kind) });
  }

  function updateZoom(): void {
    const { series } = state;
    const isZoomed = series !== null && shownCount(series) < series.count;
    show(zoom, isZoomed);
    if (!isZoomed) return;
    const [from, to, all] = [series.start[0]! + 1, series.start.at(-1)!, series.count];
    setText(
      shownRange,
      l10n.t('Layers {0}–{1} of {2}', formatCount(from), formatCount(to), formatCount(all)),
    );
  }

  return {
    element,
    update(theme: ChartTheme): void {
      const { series, saved } = state;
      const { colourBy: by, hiddenKinds } = saved.overview;
      const open = !saved.chartsCollapsed;
      setAttribute(collapse, 'aria-expanded', String(open));
      twisty.className = `codicon codicon-chevron-${open ? 'down' : 'right'}`;
      show(kinds.element, open && by === 'kind' && !saved.chartsAsTable);
      show(scheme, open && by === 'kind' && !saved.chartsAsTable);
      setText(scheme, l10n.t('under {0}', session.activeScheme() ?? ''));
      show(tools, open);
      setAttribute(asTable, 'aria-pressed', String(saved.chartsAsTable));
      show(colourBy.element, !saved.chartsAsTable);
      colourBy.update(by);
      updateZoom();
      if (series) kinds.update({ series, hidden: hiddenKinds, theme });
    },
  };
}

/** The list without the item, or with it where it was not in it. */
function toggled<T extends string>(list: readonly T[], item: T): T[] {
  const without = list.filter(other => other !== item);
  return without.length < list.length ? without : [...without, item];
}
