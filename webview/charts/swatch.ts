import { h } from '../dom';
import { drawSwatch } from './marks';
import { type ChartTheme, schemeStyle } from './theme';

/** The sign of a scheme as the charts draw it; the scheme's name stands beside it. */
export function createSwatch(theme: ChartTheme, scheme: number): HTMLCanvasElement {
  const canvas = h('canvas', { class: 'swatch', 'aria-hidden': 'true' });
  drawSwatch(canvas, schemeStyle(theme, scheme));
  return canvas;
}
