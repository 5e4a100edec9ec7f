import { h } from '../dom';
import type { Session } from '../session';
import type { View } from '../view';

/** Makes the precision view. */
export function createPrecisionView(_session: Session): View {
  const element = h('main', { class: 'precision' });
  return { element, update() {}, focus() {}, destroy() {} };
}
