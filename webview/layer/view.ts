import { h } from '../dom';
import type { Session } from '../session';
import type { View } from '../view';

/** Makes the layer view. */
export function createLayerView(_session: Session): View {
  const element = h('main', { class: 'layer' });
  return { element, update() {}, focus() {}, destroy() {} };
}
