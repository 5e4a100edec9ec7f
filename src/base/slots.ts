/** Where the marks of a chart stand: every layer has a slot of the plot's width. Lengths are pixels. */

/** Slots narrower than this hold points instead of bars: two bars and a gap need that much. */
export const minBarSlot = 8;
const maxBarWidth = 26;
const barGap = 1;

/** From where to where something reaches along the axis of layers. */
export interface Stretch {
  readonly left: number;
  readonly width: number;
}

/** Slot `index` of `count` equal ones. */
export function slotOf(
  area: { readonly left: number; readonly right: number },
  count: number,
  index: number,
): Stretch {
  const width = (area.right - area.left) / Math.max(1, count);
  return { left: area.left + index * width, width };
}

/** Where the bar of one of several series stands in its slot. */
export function barOf(
  slot: Stretch,
  { place, places }: { readonly place: number; readonly places: number },
): Stretch {
  const room = slot.width * 0.74 - barGap * (places - 1);
  const width = Math.max(2, Math.min(maxBarWidth, Math.floor(room / places)));
  const group = width * places + barGap * (places - 1);
  const left = Math.round(slot.left + (slot.width - group) / 2) + place * (width + barGap);
  return { left, width };
}

/** A range between points is a line, or a thin bar where there is room. */
export function lineOf(slot: Stretch): Stretch {
  const width = Math.max(1, slot.width * 0.4);
  return { left: slot.left + (slot.width - width) / 2, width };
}
