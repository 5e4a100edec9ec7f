import * as l10n from '@vscode/l10n';
import type { PlaceMap, Window } from '../../src/protocol/layer';
import { createHeatMap } from '../charts/heatMap';
import { extentOf } from '../charts/mapCells';
import { figure, table } from '../charts/storedTables';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { columnCount } from '../counts';
import { button, h, setText, show } from '../dom';
import { formatCount, formatFigure } from '../format';
import { colsText, rowsText } from '../places';
import { createChoice, createFrame, createTableBox, type Section } from './frame';
import { cellSpan, isSingle, largestCell, trailTo, windowAround } from './mapCells';
import { createMapCursor } from './mapCursor';
import type { LayerState } from './state';
import type { LayerStore } from './store';

/** What the section needs beside the data. */
export interface MapParts {
  readonly tooltip: TextTooltip;
  /** Shows the values around an element. */
  onValue(row: number, col: number): void;
}

/** |weight| or |error| by place; a click leads into the matrix, down to single values. */
export function createMapSection(store: LayerStore, parts: MapParts): Section {
  const heat = createHeatMap(columnCount);
  const frame = createFrame(store, {
    id: 'map',
    title: l10n.t('Map'),
    help: l10n.t('Where in the matrix the large weights or errors are'),
    picture: 'map',
    copy: ratio => ({ unit: heatUnit(store), plot: heat.copy(ratio) }),
  });
  const of = createChoice(
    l10n.t('What is shown'),
    [
      { value: 'weight', text: l10n.t('|weight|'), title: l10n.t('Magnitude of the weights') },
      { value: 'error', text: l10n.t('|error|'), title: l10n.t('Magnitude of the errors') },
    ],
    mapOf => store.choose({ mapOf }),
  );
  const by = createChoice(
    l10n.t('What a cell is of its elements'),
    [
      { value: 'mean', text: l10n.t('Mean'), title: l10n.t('Each cell is the mean') },
      { value: 'max', text: l10n.t('Max'), title: l10n.t('Each cell is the largest') },
    ],
    mapBy => store.choose({ mapBy }),
  );
  frame.tools.append(of.element, by.element);
  const cursor = createMapCursor({
    tooltip: parts.tooltip,
    map: () => store.map.value,
    textOf: index => cellText(store, index),
    onPick: index => pick(store, parts, index),
    onBack: () => store.setTrail(store.chosen.trail.slice(0, -1)),
  });
  const box = h('div', { class: 'map-box' }, heat.canvas, cursor.element);
  heat.element.insertBefore(box, heat.element.lastElementChild);
  const crumbs = h('nav', { class: 'map-crumbs', 'aria-label': l10n.t('Windows of the map') });
  const status = h('p', { class: 'note map-status', role: 'status' });
  const rows = createTableBox();
  frame.body.append(crumbs, heat.element, rows.element, status);
  let drawnTrail: readonly unknown[] = [];

  function updateCrumbs(): void {
    const { trail } = store.chosen;
    const next = [trail, store.map.value, store.base.value];
    if (next.every((x, i) => x === drawnTrail[i]) && drawnTrail.length > 0) return;
    drawnTrail = next;
    const hadFocus = crumbs.contains(document.activeElement);
    crumbs.replaceChildren(...makeCrumbs(store, parts));
    if (hadFocus) crumbs.querySelector('button')?.focus();
  }

  return {
    element: frame.element,
    update() {
      const { map, chosen } = store;
      const { value } = map;
      frame.follow(map, value !== null);
      of.update(chosen.mapOf);
      by.update(chosen.mapBy);
      updateCrumbs();
      show(heat.element, value !== null && !frame.isTable);
      setText(status, value && !frame.isTable ? hintOf(value) : '');
      const deps = value && frame.isTable ? [value, chosen.mapBy] : null;
      rows.update(deps, () => tableOf(value!, chosen));
      frame.setUnit(value ? unitOf(value, chosen) : '');
    },
    paint(theme: ChartTheme) {
      const { value } = store.map;
      if (!value || heat.element.hidden) return;
      const { rows: height, cols, window } = value;
      const means = value[store.chosen.mapBy];
      const cells = { shape: [window.rows, window.cols] as const, rows: height, cols, means };
      heat.draw(cells, theme, describe(store, value));
      cursor.layout();
    },
  };
}

/** Leads into the cell, or shows its value where it is a single one. */
function pick(store: LayerStore, parts: MapParts, index: number): void {
  const map = store.map.value;
  if (!map) return;
  const { row, col } = cellSpan(map, index);
  if (isSingle(map)) parts.onValue(row, col);
  else store.setTrail(trailTo(store.chosen.trail, windowAround(map, index)));
}

function titleOf({ mapOf, mapBy }: LayerState, single: boolean): string {
  const magnitude = mapOf === 'weight' ? l10n.t('|weight|') : l10n.t('|error|');
  if (single) return magnitude;
  return mapBy === 'mean' ? l10n.t('mean {0}', magnitude) : l10n.t('largest {0}', magnitude);
}

function unitOf(map: PlaceMap, chosen: LayerState): string {
  const { rowsPerCell, colsPerCell } = map;
  const title = titleOf(chosen, isSingle(map));
  if (isSingle(map)) return title;
  return l10n.t('{0} of {1} × {2}', title, formatCount(rowsPerCell), formatCount(colsPerCell));
}

/** What the colours mean, for a picture without their key. */
function heatUnit({ map, chosen }: LayerStore): string {
  const { value } = map;
  if (!value) return '';
  const { window } = value;
  const means = value[chosen.mapBy];
  const [low, high] = extentOf({ means }) ?? [];
  const range = `${formatFigure(low)} … ${formatFigure(high)}`;
  return `${windowText(window)} · ${unitOf(value, chosen)} · ${range}`;
}

/** Where a cell is, and its value; all digits of it where it is a single one. */
function cellText({ map, chosen }: LayerStore, index: number): string {
  if (!map.value) return '';
  const { row, rowEnd, col, colEnd } = cellSpan(map.value, index);
  const value = map.value[chosen.mapBy][index];
  const single = isSingle(map.value);
  const exact = single && value !== undefined && Number.isFinite(value) ? ` (${value})` : '';
  const title = titleOf(chosen, single);
  return `${rowsText(row, rowEnd)}, ${colsText(col, colEnd)}: ${title} ${formatFigure(value)}${exact}`;
}

function hintOf(map: PlaceMap): string {
  return isSingle(map)
    ? l10n.t('Each cell is one weight. Click it to see it among the values.')
    : l10n.t('Click a cell to look closer.');
}

function describe(store: LayerStore, map: PlaceMap): string {
  const { window } = map;
  const title = titleOf(store.chosen, isSingle(map));
  const place = `${rowsText(window.row, window.row + window.rows)}, ${colsText(window.col, window.col + window.cols)}`;
  const largest = largestCell(map[store.chosen.mapBy]);
  return largest === null
    ? l10n.t('Map of {0}, {1}: no value is finite', title, place)
    : l10n.t('Map of {0}, {1}. The largest is at {2}', title, place, cellText(store, largest));
}

function tableOf(map: PlaceMap, { mapBy }: LayerState): HTMLElement {
  const { rows, cols } = map;
  const heads = Array.from({ length: cols }, (_, j) => {
    const { col, colEnd } = cellSpan(map, j);
    return colsText(col, colEnd);
  });
  const lines = Array.from({ length: rows }, (_, i) => {
    const { row, rowEnd } = cellSpan(map, i * cols);
    const values = Array.from(map[mapBy].subarray(i * cols, (i + 1) * cols));
    return [rowsText(row, rowEnd), ...values.map(x => figure(Number.isNaN(x) ? null : x))];
  });
  return table(l10n.t('Magnitudes by rows and columns'), ['', ...heads], lines);
}

/** The whole matrix, the windows within each other, and the way to the values. */
function makeCrumbs(store: LayerStore, { onValue }: MapParts): HTMLElement[] {
  const { trail } = store.chosen;
  const matrix = store.base.value?.matrix;
  const windows = [null, ...trail];
  const links = windows.map((window, i) => {
    const text = window
      ? windowText(window)
      : l10n.t('All {0} × {1}', formatCount(matrix?.rows ?? 0), formatCount(matrix?.cols ?? 0));
    if (i === windows.length - 1) return h('span', { 'aria-current': 'true' }, text);
    return button({
      label: text,
      kind: 'link',
      onClick: () => store.setTrail(trail.slice(0, i)),
    });
  });
  const at = trail.at(-1);
  const values = button({
    label: l10n.t('Show values'),
    title: l10n.t('Show the values of this window'),
    kind: 'link',
    onClick: () => onValue(at?.row ?? 0, at?.col ?? 0),
  });
  return [...links.flatMap((link, i) => (i ? [h('span', {}, '›'), link] : [link])), values];
}

function windowText({ row, rows, col, cols }: Window): string {
  return `[${row}:${row + rows}, ${col}:${col + cols}]`;
}
