/** What is drawn on: lengths are CSS pixels, whatever the screen's density. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Empties a canvas and fits it to its box; null while the box has no size. */
export function clearedSurface(canvas: HTMLCanvasElement): Surface | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return null;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  return { context, width, height };
}

/** A canvas of a size of its own, in CSS pixels, empty. */
export function fittedContext(
  canvas: HTMLCanvasElement,
  { width, height }: Pick<Surface, 'width' | 'height'>,
  ratio = window.devicePixelRatio || 1,
): CanvasRenderingContext2D {
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  return context;
}

/** An RGB colour, each channel 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** CSS colours as RGB: only the browser knows how to read all that a theme may hold. */
export function parseColors(colors: readonly string[]): Rgb[] {
  const canvas = document.createElement('canvas');
  canvas.width = colors.length;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  colors.forEach((color, i) => {
    context.fillStyle = color;
    context.fillRect(i, 0, 1, 1);
  });
  const { data } = context.getImageData(0, 0, colors.length, 1);
  return colors.map((_, i) => [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!]);
}
