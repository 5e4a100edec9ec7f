import { createTextTooltip } from '../charts/textTooltip';
import { onThemeChange, readTheme } from '../charts/theme';
import { h, oncePerFrame, show } from '../dom';
import type { Part, Session } from '../session';
import type { View } from '../view';
import { showValue, tryScheme } from './actions';
import { createChannelsSection } from './channelsSection';
import { createCodesSection } from './codesSection';
import { createCurveSection } from './curveSection';
import { createEmptyState } from './empty';
import { createHead } from './head';
import { createHistogramSection } from './histogramSection';
import { createCastsSection, createOutliersSection } from './lists';
import { createMapSection } from './mapSection';
import { createLayerStore } from './store';

/** Makes the layer view: one tensor under one scheme, as a grid of sections. */
export function createLayerView(session: Session): View {
  const tooltip = createTextTooltip();
  const redraw = oncePerFrame(() => {
    drawSections();
    paintNow();
  });
  const paint = oncePerFrame(paintNow);
  const store = createLayerStore(session, redraw);
  const onValue = (row: number, col: number) => showValue(session, row, col);
  const head = createHead(session, store);
  const empty = createEmptyState(session);
  const sections = [
    createHistogramSection(store, { tooltip, onKeep: scheme => tryScheme(session, scheme) }),
    createCurveSection(store, tooltip),
    createChannelsSection(store, { tooltip, onRow: row => onValue(row, 0) }),
    createMapSection(store, { tooltip, onValue }),
    createCodesSection(store, tooltip),
    createOutliersSection(store, onValue),
    createCastsSection(store),
  ];
  const grid = h('div', { class: 'layer-grid' }, ...sections.map(section => section.element));
  const page = h('div', { class: 'layer-page' }, head.element, grid);
  const element = h('main', { class: 'layer' }, empty.element, page, tooltip.element);
  const observer = new ResizeObserver(paint);
  observer.observe(grid);
  const stopTheme = onThemeChange(paint);
  let isDestroyed = false;

  function isShown(): boolean {
    return !isDestroyed && session.state.saved.shownView === 'layer';
  }

  function drawSections(): void {
    if (!isShown()) return;
    store.update();
    const hasTensor = session.state.selected !== null;
    show(empty.element, !hasTensor);
    show(page, hasTensor);
    if (!hasTensor) {
      empty.update();
      return;
    }
    head.update();
    const { value } = store.base;
    show(grid, value !== null);
    for (const section of sections) {
      show(section.element, section.isOfTensor || (value?.report ?? null) !== null);
      section.update();
    }
  }

  function paintNow(): void {
    if (!isShown() || page.hidden || grid.hidden) return;
    const theme = readTheme();
    for (const section of sections) section.paint(theme);
  }

  // What is asked for a view that is no longer shown would only keep others waiting.
  session.subscribe((changed: ReadonlySet<Part>) => {
    if (changed.has('shown') && !isShown()) store.suspend();
  });

  return {
    element,
    update() {
      drawSections();
      paint();
    },
    focus: () => (page.hidden ? empty.focus() : head.focus()),
    destroy() {
      isDestroyed = true;
      store.suspend();
      observer.disconnect();
      stopTheme();
    },
  };
}
