import type { Sign } from './kinds';

/** Draws a sign around a place; it fits a square of 2 `r` CSS pixels. Fill and stroke are the caller's. */
export function drawSign(
  context: CanvasRenderingContext2D,
  sign: Sign,
  { x, y, r }: { readonly x: number; readonly y: number; readonly r: number },
): void {
  const at = (dx: number, dy: number) => [x + dx * r, y + dy * r] as const;
  const polygon = (...points: readonly (readonly [number, number])[]) => {
    for (const point of points) context.lineTo(...point);
    context.closePath();
  };
  context.beginPath();
  switch (sign) {
    case 'circle':
    case 'ring':
      context.arc(x, y, r * 0.9, 0, 2 * Math.PI);
      break;
    case 'dot':
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
  if (isFilled(sign)) context.fill();
  else context.stroke();
}

function isFilled(sign: Sign): boolean {
  return ['circle', 'dot', 'square', 'triangle', 'triangleDown', 'diamond'].includes(sign);
}
