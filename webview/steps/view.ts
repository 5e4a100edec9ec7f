import { h } from '../dom';
import type { Session } from '../session';
import type { View } from '../view';

/** Makes the steps view. */
export function createStepsView(_session: Session): View {
  const element = h('main', { class: 'steps' });
  return { element, update() {}, focus() {}, destroy() {} };
}
