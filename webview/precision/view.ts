import { onThemeChange } from '../charts/theme';
import { h, oncePerFrame } from '../dom';
import type { Part, Session } from '../session';
import type { View } from '../view';
import { createCastsSection } from './casts';
import { createNeedsSection } from './needs';
import { createSizesSection } from './sizes';
import { createPrecisionStore } from './store';

/** Makes the precision view: what the model weighs in which form, what that takes, and what casts lose. */
export function createPrecisionView(session: Session): View {
  const { state } = session;
  const redraw = oncePerFrame(drawNow);
  const store = createPrecisionStore(session, {
    onChange: redraw,
    onOrder: () => casts.startOver(),
  });
  const sizes = createSizesSection();
  const needs = createNeedsSection();
  const casts = createCastsSection(session, store);
  const element = h(
    'main',
    { class: 'precision', tabindex: -1 },
    h('div', { class: 'precision-grid' }, sizes.element, needs.element),
    casts.element,
  );
  const observer = new ResizeObserver(redraw);
  observer.observe(element);
  const stopTheme = onThemeChange(() => {
    sizes.forget();
    redraw();
  });
  let isDestroyed = false;

  function drawNow(): void {
    const { doc, saved } = state;
    if (isDestroyed || saved.shownView !== 'precision' || !doc) return;
    sizes.update(store.sizes, doc);
    needs.update(store.sizes, store.totals);
    casts.update();
    casts.draw();
  }

  return {
    element,
    update(changed: ReadonlySet<Part>) {
      if (changed.has('doc')) store.refresh();
      redraw();
    },
    focus: () => element.focus(),
    destroy() {
      isDestroyed = true;
      observer.disconnect();
      stopTheme();
      casts.destroy();
    },
  };
}
