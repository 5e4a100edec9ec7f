import type { Sign } from './kinds';

/** Draws signs of one kind at once: a path for each would take many times as long. Colours are the caller's. */
export function drawSigns(
  context: CanvasRenderingContext2D,
  sign: Sign,
  places: Iterable<SignPlace>,
): void {
  context.beginPath();
  for (const place of places) addSign(context, sign, place);
  if (isFilled(sign)) context.fill();
  else context.stroke();
}

/** Where a sign is, in CSS pixels; it fits a square of 2 `r` around it. */
export interface SignPlace {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

function addSign(context: CanvasRenderingContext2D, sign: Sign, { x, y, r }: SignPlace): void {
  const at = (dx: number, dy: number) => [x + dx * r, y + dy * r] as const;
  const polygon = (...points: readonly (readonly [number, number])[]) => {
    points.forEach((point, i) => {
      if (i === 0) context.moveTo(...point);
      else context.lineTo(...point);
    });
    context.closePath();
  };
  switch (sign) {
    case 'circle':
    case 'ring':
      context.moveTo(x + r * 0.9, y);
      context.arc(x, y, r * 0.9, 0, 2 * Math.PI);
      break;
    case 'dot':
      context.moveTo(x + Math.max(1, r * 0.5), y);
      context.arc(x, y, Math.max(1, r * 0.5), 0, 2 * Math.PI);
      break;
    case 'square':
    case 'hollowSquare':
      context.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
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
      context.moveTo(...at(-1, 0));
      context.lineTo(...at(1, 0));
      context.moveTo(...at(0, -1));
      context.lineTo(...at(0, 1));
      break;
    case 'cross':
      context.moveTo(...at(-0.8, -0.8));
      context.lineTo(...at(0.8, 0.8));
      context.moveTo(...at(-0.8, 0.8));
      context.lineTo(...at(0.8, -0.8));
      break;
    case 'dash':
      context.moveTo(...at(-1, 0));
      context.lineTo(...at(1, 0));
      break;
  }
}

function isFilled(sign: Sign): boolean {
  return ['circle', 'dot', 'square', 'triangle', 'triangleDown', 'diamond'].includes(sign);
}
