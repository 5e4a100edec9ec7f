import { h } from '../dom';
import type { Session } from '../session';
import type { View } from '../view';

/** Makes the values view. */
export function createValuesView(_session: Session): View {
  const element = h('main', { class: 'values' });
  return { element, update() {}, focus() {}, destroy() {} };
}
