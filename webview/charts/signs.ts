import { addSign, isFilled, type Sign, type SignPlace } from '../../src/base/signs';

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
