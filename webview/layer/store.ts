import type {
  CalibrationCurve,
  ChannelSeries,
  CurveKind,
  Fix,
  LayerRef,
  LayerRequests,
  LayerView,
  PlaceMap,
  Window,
} from '../../src/protocol/layer';
import type { Range } from '../../src/quant/arithmetic';
import type { Session } from '../session';
import { createPart, type Part } from './part';
import { type RangeRule, rangeRule, rangeText } from './range';
import type { LayerState } from './state';

/** Cells of a heat map in each direction: each is still a few pixels in a narrow page. */
const mapCells = 96;
/** Tensors of more weights than this are not tried with other schemes unasked. */
const smallForFixes = 2 ** 20;

/** All that the layer view shows: what is asked of the host, by what the user chose. */
export interface LayerStore {
  /** The layer under the active scheme, and under a range set by hand. */
  readonly base: Part<LayerView>;
  readonly byHand: Part<LayerView>;
  readonly channels: Part<ChannelSeries | null>;
  readonly map: Part<PlaceMap>;
  readonly curve: Part<CalibrationCurve | null>;
  readonly fixes: Part<readonly Fix[]>;
  /** Null while no tensor is selected, or no scheme is shown. */
  readonly ref: LayerRef | null;
  /** What the user chose, as far as it is about this tensor and scheme. */
  readonly chosen: LayerState;
  /** What the calibration curve searches. */
  readonly curveBy: CurveKind;
  /** How the range of the active scheme can be set, or why it cannot. */
  readonly rule: RangeRule | string;
  /** The scheme of the range set by hand; null where none is. */
  readonly handScheme: string | null;
  /** What is asked for: the layer under the range set by hand where there is one. */
  readonly wanted: Part<LayerView>;
  /** What is shown: the last answer to it, else the layer under the active scheme. */
  readonly shown: LayerView | null;
  choose(patch: Partial<LayerState>): void;
  /** Sets the range by hand; null returns to the scheme's own. */
  setRange(range: Range | null): void;
  zoomRows(rows: { readonly from: number; readonly to: number } | null): void;
  setTrail(trail: readonly Window[]): void;
  /** How many marks a chart of channels has room for. */
  setMarks(marks: number): void;
  askFixes(): void;
  /** What is shown, for people. */
  readonly names: { readonly tensor: string; readonly scheme: string };
  /** Saves a picture; its name goes into the file's. */
  saveAsPng(name: string, picture: Promise<Uint8Array>): void;
  /** Asks for what has changed. */
  update(): void;
  /** Stops what is being asked. */
  suspend(): void;
}

/** Makes the store; `onChange` is called after every answer and every piece of progress. */
export function createLayerStore(session: Session, onChange: () => void): LayerStore {
  const base = createPart<LayerView>(onChange);
  const byHand = createPart<LayerView>(onChange);
  const channels = createPart<ChannelSeries | null>(onChange);
  const map = createPart<PlaceMap>(onChange);
  const curve = createPart<CalibrationCurve | null>(onChange);
  const fixes = createPart<readonly Fix[]>(onChange);
  const parts = [base, byHand, channels, map, curve, fixes];
  let marks = 0;
  let fixesWanted: string | null = null;
  /** What was found to search no threshold by itself. */
  let unsearched: string | null = null;

  function refOf(): LayerRef | null {
    const { doc, detail, selected } = session.state;
    const scheme = session.activeScheme();
    if (!doc || selected === null || scheme === null || detail?.tensor !== selected) return null;
    return { tensor: { generation: doc.generation, tensor: selected }, scheme };
  }

  /** Choices about another tensor do not count, nor does a range in place of another scheme's. */
  function chosenOf(): LayerState {
    const { layer } = session.state.saved;
    const scheme = session.activeScheme();
    if (layer.tensor !== session.state.detail?.name)
      return { ...layer, segment: 0, rows: null, trail: [], range: null };
    return layer.range && layer.range.scheme !== scheme ? { ...layer, range: null } : layer;
  }

  function choose(patch: Partial<LayerState>): void {
    const tensor = session.state.detail?.name ?? null;
    session.setLayout({ layer: { ...chosenOf(), tensor, ...patch } });
  }

  function ruleOf(): RangeRule | string {
    return rangeRule(base.value?.scheme ?? session.activeScheme() ?? '');
  }

  function handSchemeOf(): string | null {
    const { range } = chosenOf();
    const rule = ruleOf();
    return range && typeof rule !== 'string' ? rangeText(rule, range) : null;
  }

  type Asked = keyof LayerRequests & string;
  function ask<K extends Asked, P extends LayerRequests[K][0]>(
    method: K,
    params: P,
    part: Part<LayerRequests[K][1]>,
    how: 'want' | 'follow' = 'want',
  ): void {
    part[how](
      JSON.stringify(params),
      (signal, onProgress) =>
        session.request(method, params as never, { signal, onProgress }) as Promise<
          LayerRequests[K][1]
        >,
    );
  }

  function update(): void {
    if (session.state.selected === null) for (const part of parts) part.clear();
    // Between two tensors what is shown stays.
    const ref = refOf();
    if (!ref) return;
    const { mapOf } = chosenOf();
    ask('layer/get', ref, base);
    // The rest is asked when it is known what there is; the first answer is worth waiting for.
    if (base.answered !== JSON.stringify(ref) || !base.value) return;
    askByHand(ref);
    askFixesOf(ref);
    const { report, matrix, hasChannels, segments } = base.value;
    if (!report) {
      for (const part of [channels, curve, map]) part.clear();
      return;
    }
    if (hasChannels && marks > 0) {
      const { from, to } = rowsWithin(chosenOf().rows, matrix);
      ask('layer/channels', { ...ref, from, to, marks }, channels);
    }
    askCurve(ref, segments[0] * segments[1] - 1);
    const window = chosenOf().trail.findLast(w => isWithin(w, matrix)) ?? null;
    ask('layer/map', { ...ref, of: mapOf, window, cells: mapCells }, map);
  }

  function curveByOf(): CurveKind {
    return chosenOf().curveBy ?? (unsearched === (session.activeScheme() ?? '') ? 'mse' : 'scheme');
  }

  function askCurve(ref: LayerRef, lastSegment: number): void {
    const asked = (by: CurveKind) => ({
      ...ref,
      by,
      segment: Math.min(chosenOf().segment, lastSegment),
    });
    const isKnown = curve.status === 'ready' && curve.answered === JSON.stringify(asked('scheme'));
    if (isKnown && curve.value === null) unsearched = ref.scheme;
    ask('layer/curve', asked(curveByOf()), curve);
  }

  function askByHand(ref: LayerRef): void {
    const scheme = handSchemeOf();
    if (scheme === null) byHand.clear();
    else ask('layer/get', { ...ref, scheme }, byHand, 'follow');
  }

  function askFixesOf(ref: LayerRef): void {
    const question = JSON.stringify(ref);
    const elements = session.state.detail?.elements ?? 0;
    if (!base.value?.report) fixes.clear();
    else if (elements <= smallForFixes || fixesWanted === question) ask('layer/fixes', ref, fixes);
    else if (fixes.answered !== question) fixes.clear();
  }

  return {
    base,
    byHand,
    channels,
    map,
    curve,
    fixes,
    get ref() {
      return refOf();
    },
    get chosen() {
      return chosenOf();
    },
    get curveBy() {
      return curveByOf();
    },
    get rule() {
      return ruleOf();
    },
    get handScheme() {
      return handSchemeOf();
    },
    get wanted() {
      return handSchemeOf() === null ? base : byHand;
    },
    get shown() {
      return (handSchemeOf() === null ? null : byHand.value) ?? base.value;
    },
    choose,
    setRange(range) {
      const scheme = session.activeScheme();
      if (scheme !== null) choose({ range: range && { scheme, lo: range.lo, hi: range.hi } });
    },
    zoomRows: rows => choose({ rows }),
    setTrail: trail => choose({ trail }),
    setMarks(wanted) {
      const next = Math.max(1, Math.min(2000, Math.floor(wanted)));
      if (next === marks) return;
      marks = next;
      update();
    },
    askFixes() {
      fixesWanted = JSON.stringify(refOf());
      update();
    },
    get names() {
      const scheme = handSchemeOf() ?? session.activeScheme() ?? '';
      return { tensor: session.state.detail?.name ?? '', scheme };
    },
    saveAsPng: (name, picture) =>
      session.act(async () => session.exportAs({ kind: 'png', name, bytes: await picture })),
    update,
    suspend() {
      for (const part of parts) part.suspend();
    },
  };
}

type Matrix = LayerView['matrix'];

/** What was zoomed to, or all rows: the file may have been written anew with fewer. */
function rowsWithin(
  rows: LayerState['rows'],
  matrix: Matrix,
): { readonly from: number; readonly to: number } {
  return rows && rows.from < rows.to && rows.to <= matrix.rows
    ? rows
    : { from: 0, to: matrix.rows };
}

function isWithin({ row, rows, col, cols }: Window, matrix: Matrix): boolean {
  return row + rows <= matrix.rows && col + cols <= matrix.cols;
}
