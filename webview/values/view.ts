import * as l10n from '@vscode/l10n';
import type { Formula } from '../../src/explain/formula';
import type { TensorDetail } from '../../src/protocol/editor';
import { onThemeChange } from '../charts/theme';
import { createLatest } from '../connection';
import { elementCount } from '../counts';
import { h, show } from '../dom';
import { formatShape } from '../format';
import type { Part, Session } from '../session';
import type { View } from '../view';
import { createValuesBar } from './bar';
import { createBitsView } from './bitsView';
import { type CellText, cellText, charactersOf, kindOf } from './cellText';
import type { CopyForm } from './copyText';
import { copyWindow } from './copyWindow';
import { createGrid } from './grid';
import { readJump } from './jump';
import { createPages } from './pages';
import { whyEmpty, withoutCodes } from './reasons';
import { createElementView } from './side';
import {
  type Axes,
  type Cell,
  cellOf,
  elementAt,
  fitAxes,
  placeOf,
  type Slice,
  sliceOf,
} from './slice';
import type { ValueMode, ValuesState } from './state';
import { createStatusLine } from './statusLine';
import { themeTints } from './tint';

/** What the grid shows, once a tensor is selected. */
interface Shown {
  readonly detail: TensorDetail;
  readonly axes: Axes;
  readonly slice: Slice;
  readonly mode: ValueMode;
  /** What codes are made under; null where only the original is shown. */
  readonly scheme: string | null;
  /** Whose way from the selected value to its code and back is shown; null for none. */
  readonly way: string | null;
}

/** Beside the original, the way of a value is asked for unless a scheme may have to read so much, in elements. */
const smallForWay = 2 ** 22;

function wayOf(detail: TensorDetail, mode: ValueMode, scheme: string | null): string | null {
  if (withoutCodes(detail, scheme) !== null) return null;
  return mode === 'original' && detail.elements > smallForWay ? null : scheme;
}

/** What the cells hang on. */
function keyOf(of: Shown | undefined): string {
  if (!of) return '';
  const { detail, axes, scheme } = of;
  return JSON.stringify([detail.generation, detail.tensor, axes, scheme]);
}

/** Makes the values view. */
export function createValuesView(session: Session): View {
  const { state } = session;
  const pages = createPages({
    fetch: (places, signal, onProgress) => {
      const { detail, scheme } = shown!;
      const { generation, tensor } = detail;
      const asked = { tensor: { generation, tensor }, scheme, places };
      return session.request('values/page', asked, { signal, onProgress });
    },
    onChange: () => {
      grid.redraw();
      drawAround();
    },
  });
  const grid = createGrid({
    text: textOf,
    onWindow: window => pages.want(window),
    onSelect: cell => select(cell),
    onScroll: place => keepScroll(place),
    onCopy: () => void copy('tsv'),
    onJump: () => bar.focusJump(),
  });
  const bar = createValuesBar({
    onMode: mode => choose({ mode }),
    onAxes: axes => choose({ ...axes, row: 0, col: 0, top: 0, left: 0, seenRow: 0, seenCol: 0 }),
    onJump: jump,
    onCopy: form => void copy(form),
  });
  const status = createStatusLine({
    onRetry: retry,
    onCancel: () => choose({ mode: 'original' }),
  });
  const element_ = createElementView();
  const bits = createBitsView(typed => choose({ typed }));
  const side = h(
    'aside',
    { class: 'values-side', 'aria-label': l10n.t('Selected value'), tabindex: 0 },
    element_.element,
    bits.element,
  );
  const box = h(
    'section',
    { class: 'values-box', 'aria-label': l10n.t('Grid') },
    grid.element,
    status.element,
  );
  const body = h('div', { class: 'values-body' }, box, side);
  const empty = h('p', { class: 'empty-model' });
  const element = h('main', { class: 'values' }, bar.element, body, empty);
  const formulaCall = createLatest(() => {
    formula = undefined; // the page tells what is wrong
  });
  let shown: Shown | undefined;
  let known: ValuesState | undefined;
  let formula: { readonly key: string; readonly formula: Formula } | undefined;
  let tints = themeTints();
  let scrollTimer = 0;
  const stopTheme = onThemeChange(() => {
    tints = themeTints();
    if (shown) showContent(shown);
  });

  function choose(patch: Partial<ValuesState>): void {
    session.setLayout({ values: { ...state.saved.values, ...patch } });
  }

  function select(cell: Cell): void {
    if (!shown) return;
    known = { ...state.saved.values, ...placeOf(shown.slice, cell) };
    session.setLayout({ values: known });
    drawAround();
  }

  function keepScroll(place: { readonly top: number; readonly left: number }): void {
    clearTimeout(scrollTimer);
    scrollTimer = window.setTimeout(() => {
      const { row, col } = state.saved.values;
      known = { ...state.saved.values, ...place, seenRow: row, seenCol: col };
      session.setLayout({ values: known });
    }, 200);
  }

  function textOf(cell: Cell) {
    const found = pages.at(cell);
    if (!found || !shown) return undefined;
    const text = cellText(found, shown.mode, kindOf(shown.detail.dtype));
    return text && { ...text, ...tintOf(text) };
  }

  /** By magnitude, up to the largest error of the tensor. */
  function tintOf({ magnitude }: CellText) {
    if (!(magnitude >= 0) || !shown) return {};
    const most = largestError(shown);
    return most > 0 ? { tint: tints(magnitude / most) } : {};
  }

  function largestError({ detail, scheme }: Shown): number {
    const reports = detail.analysis?.reports ?? [];
    const index = state.doc?.schemes.indexOf(scheme ?? '') ?? -1;
    return reports[index]?.maxAbsError ?? pages.largestError;
  }

  /** Takes up what is selected and chosen. @returns whether other values are shown than before */
  function takeUp(): boolean {
    const { detail, selected, saved } = state;
    const isThere = detail !== null && detail.tensor === selected;
    const before = shown;
    if (!isThere) {
      if (selected === null) shown = undefined;
      return before !== shown;
    }
    const values = saved.values;
    const isOwn = values.tensor === detail.name;
    const wanted = isOwn ? values : { rowAxis: 0, colAxis: 'rest' as const, fixed: [] };
    const axes = fitAxes(detail.shape, wanted);
    const mode = withoutCodes(detail, session.activeScheme()) === null ? values.mode : 'original';
    const scheme = mode === 'original' ? null : session.activeScheme();
    const way = wayOf(detail, mode, session.activeScheme());
    shown = { detail, axes, slice: sliceOf(detail.shape, axes), mode, scheme, way };
    if (!isOwn) {
      known = { ...values, ...axes, tensor: detail.name };
      session.setLayout({ values: known });
    }
    return keyOf(before) !== keyOf(shown);
  }

  function showContent({ detail, slice, axes, mode }: Shown): void {
    grid.setContent({
      slice,
      characters: charactersOf(mode, detail.dtype),
      label: l10n.t('Values of {0}', detail.name),
      rowName: row => String(slice.wraps ? row * slice.rowStep : row),
      colName: col => (slice.wraps ? `+${col}` : String(col)),
    });
    bar.update({
      ...{ name: detail.name, shape: detail.shape, axes, mode },
      facts: `${detail.dtype} · ${formatShape(detail.shape)} · ${elementCount(detail.elements)}`,
      withoutCodes: withoutCodes(detail, session.activeScheme()),
    });
  }

  /** Everything but the cells. */
  function drawAround(): void {
    if (!shown) return;
    const { detail, slice, scheme, mode, way } = shown;
    const index = elementAt(slice, grid.active);
    const found = index === null ? undefined : pages.at(grid.active);
    const key = `${keyOf(shown)} ${way} ${index}`;
    if (index !== null) askFormula(key, index);
    const kind = kindOf(detail.dtype);
    const hasFailed = pages.error !== null;
    const selected = {
      shape: detail.shape,
      index: index ?? 0,
      kind,
      found,
      hasFailed,
      scheme: way,
    };
    const told = formula?.key === key ? formula.formula : undefined;
    element_.update(index === null ? null : { ...selected, formula: told });
    const value = found ? found.page.values[found.slot]! : null;
    bits.update({ value, typed: state.saved.values.typed });
    status.update({
      ...{ mode, scheme, error: pages.error, selection: grid.selection },
      progress: pages.isLoading ? (pages.progress ?? 0) : null,
      misfit: found?.page.misfit ?? null,
      largestError: largestError(shown),
    });
  }

  let asked = '';
  function askFormula(key: string, index: number): void {
    if (key === asked || !shown?.way) return;
    asked = key;
    const { detail, way: scheme } = shown;
    const { generation, tensor } = detail;
    const what = { tensor: { generation, tensor }, scheme, index };
    void formulaCall.run(
      signal => session.request('values/formula', what, { signal }),
      answer => {
        formula = { key, formula: answer };
        drawAround();
      },
    );
  }

  function retry(): void {
    asked = '';
    pages.retry();
  }

  function jump(text: string): string | null {
    if (!shown) return null;
    const { detail, axes, slice } = shown;
    const target = readJump(text, { shape: detail.shape, axes, slice });
    if ('problem' in target) return target.problem;
    choose({ ...target.axes, row: target.place.row, col: target.place.col });
    grid.focus();
    return null;
  }

  async function copy(form: CopyForm): Promise<void> {
    if (!shown) return;
    const { slice, mode, detail } = shown;
    const what = { slice, window: grid.selection, mode, dtype: detail.dtype };
    status.tell(await copyWindow(what, form, pages));
  }

  /** Another tensor, other axes, another scheme; or only the selected element, set by another view. */
  function refresh(isShownAgain: boolean): void {
    const isOther = takeUp();
    const values = state.saved.values;
    const problem = whyEmpty(state, shown?.detail ?? null);
    show(body, shown !== undefined && problem === null);
    show(bar.element, shown !== undefined);
    show(empty, problem !== null);
    if (problem !== null) empty.textContent = problem;
    if (!shown) return;
    if (isOther) pages.reset(problem === null ? shown.slice : null);
    showContent(shown);
    if (problem !== null) return;
    const cell = cellOf(shown.slice, { row: values.row, col: values.col });
    // What was scrolled away from stays so; what another view has selected comes in sight.
    const isSeen = values.row === values.seenRow && values.col === values.seenCol;
    if (isShownAgain || isOther) grid.select(cell);
    if ((isShownAgain || isOther) && isSeen) grid.scrollTo(values);
    else if (values.row !== known?.row || values.col !== known?.col) grid.select(cell);
    known = values;
    drawAround();
  }

  return {
    element,
    update(changed: ReadonlySet<Part>) {
      if (!state.doc) return;
      const isShownAgain = changed.has('shown');
      const concerns = ['doc', 'selection', 'detail', 'layout', 'shown'] as const;
      if (!concerns.some(part => changed.has(part))) return;
      // What this view has chosen itself is drawn already.
      const isOwn = changed.size === 1 && changed.has('layout') && state.saved.values === known;
      const scheme = shown?.mode === 'original' ? null : session.activeScheme();
      if (!isOwn || scheme !== shown?.scheme) refresh(isShownAgain);
    },
    focus: () => grid.focus(),
    destroy() {
      stopTheme();
      grid.destroy();
      clearTimeout(scrollTimer);
    },
  };
}
