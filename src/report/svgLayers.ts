import type { Path } from '../base/signs';

const digits = (x: number) => String(Number(x.toFixed(2)) + 0); // + 0: no -0

/** Writes an outline down as the `d` of an SVG path. Lengths are pixels with two decimals. */
export class SvgPath implements Path {
  readonly #parts: string[] = [];

  get d(): string {
    return this.#parts.join('');
  }

  moveTo(x: number, y: number): void {
    this.#parts.push(`M${digits(x)} ${digits(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#parts.push(`L${digits(x)} ${digits(y)}`);
  }

  /** A whole circle, as two halves: an arc from a point to itself draws nothing. */
  arc(x: number, y: number, r: number): void {
    const half = (to: number) => `A${digits(r)} ${digits(r)} 0 1 1 ${digits(to)} ${digits(y)}`;
    this.#parts.push(`M${digits(x + r)} ${digits(y)}${half(x - r)}${half(x + r)}Z`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#parts.push(
      `M${digits(x)} ${digits(y)}h${digits(width)}v${digits(height)}h${digits(-width)}Z`,
    );
  }

  closePath(): void {
    this.#parts.push('Z');
  }
}

/** How an outline is painted, as attributes of its element. */
export interface Paint {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly opacity?: number;
}

/** Outlines painted in the same way are one element: a file of as many elements as marks would be slow to show. */
export class SvgLayers {
  readonly #paths = new Map<string, SvgPath>();

  /** The outline to add to; those painted later are on top. */
  on({ fill = 'none', stroke, width = 1, opacity = 1 }: Paint): SvgPath {
    const line = stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${width}"`;
    const faint = opacity === 1 ? '' : ` opacity="${opacity}"`;
    const key = `fill="${fill}"${line}${faint}`;
    const path = this.#paths.get(key) ?? new SvgPath();
    this.#paths.set(key, path);
    return path;
  }

  /** Everything that was drawn, as elements. */
  elements(): string[] {
    return Array.from(this.#paths, ([attributes, path]) => `<path ${attributes} d="${path.d}"/>`);
  }
}
