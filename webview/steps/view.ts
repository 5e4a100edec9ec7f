import * as l10n from '@vscode/l10n';
import type { Rulers } from '../../src/explain/ruler';
import type { Steps } from '../../src/explain/steps';
import type { RowSteps } from '../../src/protocol/steps';
import { createTextTooltip } from '../charts/textTooltip';
import { onThemeChange, readTheme } from '../charts/theme';
import { button, h, oncePerFrame, show } from '../dom';
import { tryScheme } from '../layer/actions';
import { createStatus } from '../layer/frame';
import type { Part, Session } from '../session';
import type { View } from '../view';
import { createStepsCurve, lossText, type Painted } from './curve';
import { partTitle } from './exampleWords';
import { createFormatTables } from './formats';
import { createStepsHead } from './head';
import { createRulerSection, type RulerView } from './ruler';
import { createStepsSection } from './section';
import { createStepsStore, type Watched } from './store';
import type { StepsTableOptions } from './table';

/** Makes the steps view: a few values on their way through a scheme, and where its codes fall. */
export function createStepsView(session: Session): View {
  const tooltip = createTextTooltip();
  const redraw = oncePerFrame(() => {
    draw();
    paintNow();
  });
  const paint = oncePerFrame(paintNow);
  const store = createStepsStore(session, redraw);
  const head = createStepsHead(session, store);
  const status = createStatus(l10n.t('Steps'));
  const empty = createEmpty();
  const body = h('div', { class: 'steps-parts' });
  const ruler = createRulerSection(tooltip, {
    onChoose: rulerOf => store.choose({ rulerOf }),
    onTable: rulerAsTable => store.choose({ rulerAsTable }),
  });
  const page = h('div', { class: 'steps-page' }, body, ruler.element);
  const element = h(
    'main',
    { class: 'steps' },
    head.element,
    status.element,
    empty.element,
    page,
    tooltip.element,
  );
  const observer = new ResizeObserver(paint);
  observer.observe(page);
  const stopTheme = onThemeChange(paint);
  let drawn: readonly unknown[] = [];
  let painted: readonly Painted[] = [];
  let isDestroyed = false;

  function isShown(): boolean {
    return !isDestroyed && session.state.saved.shownView === 'steps';
  }

  function createEmpty() {
    const overview = button({
      label: l10n.t('Choose one in the overview'),
      kind: 'primary',
      onClick: () => session.showView('overview'),
    });
    const example = button({
      label: l10n.t('Watch an example'),
      onClick: () => store.choose({ source: 'levels' }),
    });
    const words = l10n.t(
      'Select a tensor to watch some of its values, type your own, or take an example.',
    );
    return {
      element: h(
        'div',
        { class: 'layer-empty' },
        h('h2', {}, l10n.t('No tensor is selected')),
        h('p', {}, words),
        h('div', { class: 'layer-empty-ways' }, overview, example),
      ),
    };
  }

  function draw(): void {
    if (!isShown()) return;
    store.update();
    head.update();
    const { watched, chosen } = store;
    const { value } = watched;
    const isEmpty = chosen.source === 'tensor' && session.state.selected === null;
    show(empty.element, isEmpty);
    show(page, !isEmpty && value !== null && watched.status !== 'failed');
    status.update(watched, value !== null && watched.status !== 'failed');
    page.classList.toggle('old', watched.status === 'loading');
    ruler.update(value && rulerView(value));
    putInOrder(value);
    const key = [value, chosen.curveAsTable];
    if (!value || key.every((x, i) => x === drawn[i])) return;
    drawn = key;
    painted = [];
    body.replaceChildren(...partsOf(value));
  }

  /** Where the ruler is what there is to see it comes first. */
  function putInOrder(value: Watched | null): void {
    const isFirst = value?.kind === 'example' && value.example.id === 'ruler';
    const first = isFirst ? ruler.element : body;
    if (page.firstElementChild !== first) page.prepend(first);
  }

  function rulerView(value: Watched): RulerView | null {
    const { chosen, tensorRange } = store;
    const asTable = chosen.rulerAsTable;
    if (value.kind === 'example') return exampleRulers(value.example.rulers, asTable);
    const rulers = store.rulers.value;
    if (!rulers) return null;
    const isTensor = value.kind === 'tensor';
    const of = isTensor && tensorRange ? chosen.rulerOf : 'shown';
    return {
      rulers,
      asTable,
      of: of === 'tensor' ? l10n.t('over the whole tensor') : l10n.t('over the values shown'),
      choice: isTensor && tensorRange ? of : null,
    };
  }

  function partsOf(value: Watched): HTMLElement[] {
    if (value.kind !== 'example') return [ownSection(value)];
    const { id, parts, formats } = value.example;
    if (formats) return [createFormatTables(formats)];
    return parts.map(({ id: part, steps }) => {
      const section = createStepsSection(steps, {
        title: partTitle(id, part),
        placeOf: vectorPlaces(steps),
        onUse: scheme => tryScheme(session, scheme),
      });
      return withCurve(section, steps);
    });
  }

  function ownSection(value: Exclude<Watched, { kind: 'example' }>): HTMLElement {
    const { steps } = value;
    const isTensor = value.kind === 'tensor';
    const section = createStepsSection(steps, {
      title: steps.scheme,
      note: isTensor ? rowNote(value.row) : l10n.t('Found from these values alone.'),
      placeOf: isTensor ? rowPlaces(value.row) : () => null,
    });
    return withCurve(section, steps);
  }

  function withCurve(section: HTMLElement, { curve }: Steps): HTMLElement {
    if (!curve) return section;
    const asTable = store.chosen.curveAsTable;
    const drawnCurve = createStepsCurve(curve, { tooltip, asTable });
    painted = [...painted, drawnCurve];
    const toggle = button({
      label: l10n.t('Curve: show as table'),
      icon: 'table',
      kind: 'icon',
      onClick: () => store.choose({ curveAsTable: !store.chosen.curveAsTable }),
    });
    toggle.setAttribute('aria-pressed', String(asTable));
    const title = l10n.t('{0} by threshold', lossText(curve));
    section.append(h('div', { class: 'steps-title' }, h('h3', {}, title), toggle));
    section.append(drawnCurve.element);
    return section;
  }

  function paintNow(): void {
    if (!isShown() || page.hidden) return;
    const theme = readTheme();
    for (const part of painted) part.paint(theme);
    ruler.paint(theme);
  }

  // What is asked for a view that is no longer shown would only keep others waiting.
  session.subscribe((changed: ReadonlySet<Part>) => {
    if (changed.has('shown') && !isShown()) store.suspend();
  });

  return {
    element,
    update() {
      draw();
      paint();
    },
    focus: head.focus,
    destroy() {
      isDestroyed = true;
      store.suspend();
      observer.disconnect();
      stopTheme();
    },
  };
}

function exampleRulers(rulers: Rulers | null, asTable: boolean): RulerView | null {
  return rulers && { rulers, asTable, of: l10n.t('over the values of the example'), choice: null };
}

function rowNote({ read, row }: RowSteps): string {
  return read === 'row'
    ? l10n.t('Those of row {0} in the tensor.', row)
    : l10n.t('Those that the whole tensor gives these values.');
}

function rowPlaces({ row, col }: RowSteps): StepsTableOptions['placeOf'] {
  return i => ({ label: String(col + i), text: l10n.t('row {0}, column {1}', row, col + i) });
}

/** Rows of an example are vectors with names. */
function vectorPlaces({ cols, values }: Steps): StepsTableOptions['placeOf'] {
  if (values.length <= cols) return () => null;
  return i => {
    const name = String.fromCharCode(65 + Math.floor(i / cols));
    return { label: name, text: l10n.t('vector {0}, element {1}', name, i % cols) };
  };
}
