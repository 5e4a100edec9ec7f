import { h } from '../dom';
import type { Part, Session } from '../session';

/** The schemes that are shown, each to be changed, and their cost. */
export function createSchemeBar(_session: Session) {
  const element = h('section', { class: 'scheme-bar' });
  return {
    element,
    update(_changed: ReadonlySet<Part>): void {},
    destroy(): void {},
  };
}
