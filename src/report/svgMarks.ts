import { addPoint, addSign, isFilled, kindSigns, type Point, pointRadius } from '../base/signs';
import { barOf, lineOf, minBarSlot, type Stretch, slotOf } from '../base/slots';
import type { TensorKind } from '../base/tensorKind';
import type { Line } from './chartFigures';
import type { Palette } from './palette';
import { type Paint, SvgLayers } from './svgLayers';

/** Where marks go. Lengths are pixels. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where a figure is, in the axis's unit. 0 and less is at the bottom of a logarithmic axis. */
  y(value: number): number;
  readonly log: boolean;
  /** From the figures to the axis's unit. */
  readonly factor: number;
  /** Whether bars start at 0. */
  readonly fromZero: boolean;
  /** Marks stand for several tensors. */
  readonly merged: boolean;
  readonly palette: Palette;
  /** Begins the names of patterns, which have to be different in a whole page. */
  readonly id: string;
}

type Fill = 'solid' | 'hatched' | 'outlined' | 'striped';

/** How schemes differ without their colour, in their order: as in the editor. */
const looks: readonly { readonly fill: Fill; readonly point: Point }[] = [
  { fill: 'solid', point: 'circle' },
  { fill: 'hatched', point: 'triangle' },
  { fill: 'outlined', point: 'square' },
  { fill: 'striped', point: 'diamond' },
];
const minRangeHeight = 4;

interface Style {
  readonly color: string;
  readonly fill: Fill;
  readonly point: Point;
}

/** A figure of a layer in pixels. */
interface Mark {
  readonly slot: Stretch;
  readonly centre: number;
  readonly top: number;
  readonly bottom: number;
  /** NaN where there is none. */
  readonly median: number;
  readonly isZero: boolean;
}

/** The marks of schemes, or of what does not depend on one, as elements. */
export function schemeMarks(lines: readonly Line[], plot: Plot): string[] {
  return lines.flatMap((line, place) => {
    const layers = new SvgLayers();
    const style = styleOf(line, plot.palette);
    const marks = marksOf(line, plot);
    const isJoined = plot.merged && (marks[0]?.slot.width ?? minBarSlot) < minBarSlot;
    if (isJoined) drawArea(layers, style, marks);
    else
      for (const mark of marks)
        drawMark({ layers, style, plot, place, places: lines.length }, mark);
    drawTheory(layers, line, { plot, place, places: lines.length });
    return layers.elements();
  });
}

function styleOf({ look }: Line, palette: Palette): Style {
  if (typeof look !== 'number') return { color: palette.neutral, ...looks[0]! };
  const color = palette.schemes[look % palette.schemes.length]!;
  return { color, ...looks[look % looks.length]! };
}

/** Layers without a figure have no mark. */
function marksOf({ band }: Line, plot: Plot): Mark[] {
  const { low, high, median } = band;
  const marks: Mark[] = [];
  for (let i = 0; i < low.length; i++) {
    if (!Number.isFinite(low[i]!) || !Number.isFinite(high[i]!)) continue;
    const slot = slotOf(plot, low.length, i);
    marks.push({
      slot,
      centre: slot.left + slot.width / 2,
      top: plot.y(high[i]! * plot.factor),
      bottom: plot.y(low[i]! * plot.factor),
      median: median === undefined ? Number.NaN : plot.y(median[i]! * plot.factor),
      isZero: plot.log && high[i]! <= 0,
    });
  }
  return marks;
}

interface Brush {
  readonly layers: SvgLayers;
  readonly style: Style;
  readonly plot: Plot;
  readonly place: number;
  readonly places: number;
}

function drawMark(brush: Brush, mark: Mark): void {
  const { layers, style, plot } = brush;
  const { slot, top, bottom, centre, median } = mark;
  const isWide = slot.width >= minBarSlot;
  const { left, width } = isWide ? barOf(slot, brush) : lineOf(slot);
  const pointed = (y: number) => drawPoint(brush, { x: centre, y, slot: slot.width });
  if (mark.isZero) drawZero(brush, isWide ? left + width / 2 : centre);
  else if (!isWide && top === bottom) pointed(top);
  else if (isWide && plot.fromZero && top === bottom) {
    const zero = plot.y(0);
    const [from, to] = top < zero ? [top, zero] : [zero, top];
    const height = Math.max(2, to - from);
    drawRect(brush, { left, width, top: to - height, height });
  } else {
    const missing = Math.max(0, minRangeHeight - (bottom - top)) / 2;
    const box = { left, width, top: top - missing, height: bottom - top + 2 * missing };
    const isPointed = !isWide && !Number.isNaN(median);
    if (isPointed) {
      const { left: x, top: y, height } = box;
      layers.on({ fill: style.color, opacity: 0.35 }).rect(x, y, width, height);
      pointed(median);
    } else drawRect(brush, box);
    if (isWide && !Number.isNaN(median) && bottom - top > minRangeHeight) {
      const color = style.fill === 'solid' ? plot.palette.background : style.color;
      layers.on({ fill: color }).rect(left, median - 1, width, 2);
    }
  }
}

interface Box extends Stretch {
  readonly top: number;
  readonly height: number;
}

function drawRect({ layers, style, plot }: Brush, { left, width, top, height }: Box): void {
  if (style.fill === 'solid' || width < 3 || height < 3) {
    layers.on({ fill: style.color }).rect(left, top, width, height);
    return;
  }
  const fill = style.fill === 'outlined' ? 'none' : `url(#${plot.id}-${style.fill})`;
  layers
    .on({ fill, stroke: style.color })
    .rect(left + 0.5, top + 0.5, width - 1, Math.max(1, height - 1));
}

function drawPoint(
  { layers, style }: Brush,
  { x, y, slot }: { readonly x: number; readonly y: number; readonly slot: number },
): void {
  const { color, point } = style;
  const paint: Paint = point === 'circle' ? { fill: color } : { stroke: color };
  const place = { x, y, r: pointRadius(slot) };
  addPoint(layers.on(paint), point, place);
}

/** Zero on a logarithmic axis: a small arrow that points below the plot. */
function drawZero({ layers, style, plot }: Brush, x: number): void {
  const solid = style.fill === 'solid';
  const path = layers.on(solid ? { fill: style.color } : { stroke: style.color });
  path.moveTo(x - 3, plot.bottom - 6);
  path.lineTo(x + 3, plot.bottom - 6);
  path.lineTo(x, plot.bottom - 1);
  path.closePath();
}

/** A stepped area from the lowest to the highest of each mark, with both edges drawn; gaps stay gaps. */
function drawArea(layers: SvgLayers, { color }: Style, marks: readonly Mark[]): void {
  const runs: Mark[][] = [];
  for (const mark of marks) {
    const before = runs.at(-1)?.at(-1);
    const follows = before && mark.slot.left - before.slot.left < 1.5 * mark.slot.width;
    if (follows) runs.at(-1)!.push(mark);
    else runs.push([mark]);
  }
  for (const run of runs) {
    const edge = (height: (mark: Mark) => number) =>
      run.flatMap(mark => {
        const { left, width } = mark.slot;
        return [
          [left, height(mark)],
          [left + width, height(mark)],
        ] as const;
      });
    const top = edge(mark => mark.top - 0.75);
    const bottom = edge(mark => mark.bottom + 0.75);
    const trace = (paint: Paint, points: readonly (readonly [number, number])[]) => {
      const path = layers.on(paint);
      points.forEach(([x, y], i) => {
        if (i === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      });
      return path;
    };
    trace({ fill: color, opacity: 0.4 }, [...top, ...bottom.toReversed()]).closePath();
    trace({ stroke: color }, top);
    trace({ stroke: color }, bottom);
  }
}

/** What Gaussian weights would get: a dash as wide as the bar or the slot. */
function drawTheory(
  layers: SvgLayers,
  { theory }: Line,
  { plot, ...among }: Pick<Brush, 'plot' | 'place' | 'places'>,
): void {
  if (!theory) return;
  const count = theory.high.length;
  for (let i = 0; i < count; i++) {
    const value = theory.high[i]!;
    if (!Number.isFinite(value) || (plot.log && value <= 0)) continue;
    const slot = slotOf(plot, count, i);
    const bar = slot.width >= minBarSlot ? barOf(slot, among) : slot;
    const width = Math.max(3, bar.width);
    const left = bar.left - (width - bar.width) / 2;
    const height = width > 3 ? 2 : 1;
    layers.on({ fill: plot.palette.text }).rect(left, plot.y(value * plot.factor), width, height);
  }
}

/** The marks of kinds of tensors: a sign each, a line over its range, and a faint one from each to the next. */
export function kindMarks(lines: readonly Line[], plot: Plot): string[] {
  return lines.flatMap(line => {
    const kind = line.look as TensorKind;
    const color = plot.palette.kinds[kind];
    const layers = new SvgLayers();
    const places = marksOf(line, plot).map(({ top, bottom, centre, median, slot }) => ({
      ...{ x: centre, y: Number.isNaN(median) ? (top + bottom) / 2 : median, top, bottom },
      r: Math.max(1.8, Math.min(3.6, slot.width * 0.45)),
    }));
    for (const { x, top, bottom } of places) {
      if (bottom - top <= 2) continue;
      const range = layers.on({ stroke: color, opacity: 0.35 });
      range.moveTo(x, top);
      range.lineTo(x, bottom);
    }
    const path = layers.on({ stroke: color, opacity: 0.45 });
    places.forEach(({ x, y }, i) => {
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    for (const place of places) addKindSign(layers, kind, { color, ...place });
    return layers.elements();
  });
}

function addKindSign(
  layers: SvgLayers,
  kind: TensorKind,
  {
    color,
    ...place
  }: { readonly color: string; readonly x: number; readonly y: number; readonly r: number },
): void {
  const sign = kindSigns[kind];
  addSign(layers.on(isFilled(sign) ? { fill: color } : { stroke: color, width: 1.5 }), sign, place);
}

/** A small sample of what a line looks like, for the legend. @param y its middle */
export function legendSign(
  line: Line,
  plot: Plot,
  { x, y }: { readonly x: number; readonly y: number },
) {
  const layers = new SvgLayers();
  if (typeof line.look === 'string')
    addKindSign(layers, line.look, { color: plot.palette.kinds[line.look], x: x + 7, y, r: 3.6 });
  else {
    const brush = { layers, style: styleOf(line, plot.palette), plot, place: 0, places: 1 };
    drawRect(brush, { left: x, width: 14, top: y - 5, height: 10 });
  }
  return layers.elements().join('');
}

/** The patterns that fills of schemes need, as elements. */
export function patterns({ id, palette }: Pick<Plot, 'id' | 'palette'>): string {
  return (['hatched', 'striped'] as const)
    .map(fill => {
      const color = palette.schemes[looks.findIndex(look => look.fill === fill)]!;
      const turn = fill === 'hatched' ? ' patternTransform="rotate(-45)"' : '';
      return `<pattern id="${id}-${fill}" width="4" height="4" patternUnits="userSpaceOnUse"${turn}><path d="M0 2h4" stroke="${color}" stroke-width="1.2"/></pattern>`;
    })
    .join('');
}
