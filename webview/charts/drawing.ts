import type { ChartArea } from 'chart.js';
import { h, setAttribute } from '../dom';
import { clearedSurface, fittedContext, type Surface } from './canvas';
import type { ChartTheme } from './theme';

/** A chart without a life of its own: whoever owns it draws it again when theme or size change. */
export interface Drawing<I> {
  readonly canvas: HTMLCanvasElement;
  /** Where it was drawn, in CSS pixels of the canvas; null before. */
  readonly area: ChartArea | null;
  /** What was drawn last; null before. */
  readonly input: I | null;
  /** @param label what the picture says, for those who cannot see it */
  draw(input: I, theme: ChartTheme, label: string): void;
  /** The same drawn once more, at `ratio` pixels for each CSS pixel; null before it was drawn. */
  copy(ratio: number): HTMLCanvasElement | null;
}

/** Makes an empty chart that `paint` draws; it returns the plot without its axes. */
export function createDrawing<I>(
  attributes: { readonly class: string },
  paint: (surface: Surface, input: I, theme: ChartTheme) => ChartArea,
): Drawing<I> {
  const canvas = h('canvas', { ...attributes, role: 'img' });
  let drawn: { readonly area: ChartArea; readonly input: I; readonly theme: ChartTheme } | null =
    null;
  return {
    canvas,
    get area() {
      return drawn?.area ?? null;
    },
    get input() {
      return drawn?.input ?? null;
    },
    draw(input, theme, label) {
      setAttribute(canvas, 'aria-label', label);
      const surface = clearedSurface(canvas);
      if (surface) drawn = { area: paint(surface, input, theme), input, theme };
    },
    copy(ratio) {
      const { clientWidth: width, clientHeight: height } = canvas;
      if (!drawn || width === 0 || height === 0) return null;
      const copy = h('canvas');
      const context = fittedContext(copy, { width, height }, ratio);
      paint({ context, width, height }, drawn.input, drawn.theme);
      return copy;
    },
  };
}
