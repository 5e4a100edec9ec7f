import type { TensorKind } from './tensorKind';

/** What a point of a chart looks like. */
export type Sign =
  | 'circle'
  | 'square'
  | 'triangle'
  | 'diamond'
  | 'triangleDown'
  | 'plus'
  | 'cross'
  | 'dash'
  | 'ring'
  | 'hollowSquare'
  | 'hollowTriangle'
  | 'hollowDiamond'
  | 'hollowTriangleDown'
  | 'dot';

/** What an outline is drawn on: a canvas, or what writes one down. */
export interface Path {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  /** Only whole circles. */
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  closePath(): void;
}

/** Where a sign is, in pixels; it fits a square of 2 `r` around it. */
export interface SignPlace {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/** The sign of each kind of tensor: it tells them apart without the colour. */
export const kindSigns: Readonly<Record<TensorKind, Sign>> = {
  embedding: 'ring',
  q: 'circle',
  k: 'square',
  v: 'triangle',
  qkv: 'hollowDiamond',
  o: 'diamond',
  gate: 'triangleDown',
  up: 'plus',
  down: 'cross',
  norm: 'dash',
  head: 'hollowSquare',
  conv: 'hollowTriangle',
  bias: 'hollowTriangleDown',
  other: 'dot',
};

/** Adds the outline of a sign to a path. */
export function addSign(path: Path, sign: Sign, { x, y, r }: SignPlace): void {
  const at = (dx: number, dy: number) => [x + dx * r, y + dy * r] as const;
  const polygon = (...points: readonly (readonly [number, number])[]) => {
    points.forEach((point, i) => {
      if (i === 0) path.moveTo(...point);
      else path.lineTo(...point);
    });
    path.closePath();
  };
  switch (sign) {
    case 'circle':
    case 'ring':
      path.moveTo(x + r * 0.9, y);
      path.arc(x, y, r * 0.9, 0, 2 * Math.PI);
      break;
    case 'dot':
      path.moveTo(x + Math.max(1, r * 0.5), y);
      path.arc(x, y, Math.max(1, r * 0.5), 0, 2 * Math.PI);
      break;
    case 'square':
    case 'hollowSquare':
      path.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
      break;
    case 'triangle':
    case 'hollowTriangle':
      polygon(at(0, -1), at(1, 0.8), at(-1, 0.8));
      break;
    case 'triangleDown':
    case 'hollowTriangleDown':
      polygon(at(0, 1), at(1, -0.8), at(-1, -0.8));
      break;
    case 'diamond':
    case 'hollowDiamond':
      polygon(at(0, -1.1), at(1.1, 0), at(0, 1.1), at(-1.1, 0));
      break;
    case 'plus':
      path.moveTo(...at(-1, 0));
      path.lineTo(...at(1, 0));
      path.moveTo(...at(0, -1));
      path.lineTo(...at(0, 1));
      break;
    case 'cross':
      path.moveTo(...at(-0.8, -0.8));
      path.lineTo(...at(0.8, 0.8));
      path.moveTo(...at(-0.8, 0.8));
      path.lineTo(...at(0.8, -0.8));
      break;
    case 'dash':
      path.moveTo(...at(-1, 0));
      path.lineTo(...at(1, 0));
      break;
  }
}

/** Whether the inside belongs to the sign, too. */
export function isFilled(sign: Sign): boolean {
  return ['circle', 'dot', 'square', 'triangle', 'triangleDown', 'diamond'].includes(sign);
}

/** The points of schemes, in the order of the schemes. */
export type Point = 'circle' | 'triangle' | 'square' | 'diamond';

/** Adds the outline of a scheme's point; the circle is to be filled, the others are hollow. */
export function addPoint(path: Path, point: Point, { x, y, r }: SignPlace): void {
  if (point === 'circle') {
    path.moveTo(x + r - 0.5, y);
    path.arc(x, y, r - 0.5, 0, 2 * Math.PI);
  }
  if (point === 'square') path.rect(x - r, y - r, 2 * r, 2 * r);
  if (point === 'triangle') {
    path.moveTo(x, y - r - 0.5);
    path.lineTo(x + r + 0.5, y + r);
    path.lineTo(x - r - 0.5, y + r);
    path.closePath();
  }
  if (point === 'diamond') {
    path.moveTo(x, y - r - 1);
    path.lineTo(x + r + 1, y);
    path.lineTo(x, y + r + 1);
    path.lineTo(x - r - 1, y);
    path.closePath();
  }
}

/** Radius of a scheme's point in a slot. */
export function pointRadius(slotWidth: number): number {
  return slotWidth < 2 ? 2 : 2.5;
}
