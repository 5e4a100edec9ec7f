import type { StoredFacts } from '../../src/protocol/editor';
import { commonPrefix } from '../charts/axisLabels';
import { button, h } from '../dom';
import { formatBytes, formatShape } from '../format';

/** The tensors that a packed weight is stored in, and the way to them. */
export function createStoredAs({ tensors }: StoredFacts, onShow: () => void): HTMLElement[] {
  const prefix = commonPrefix(tensors.map(tensor => tensor.name));
  const heads = ['Tensor', 'Dtype', 'Shape', 'Bytes'].map(text => h('th', { scope: 'col' }, text));
  const rows = tensors.map(({ role, name, dtype, shape, byteLength }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: name }, ...labelOf(roleText(role), name.slice(prefix.length))),
      h('td', {}, dtype),
      h('td', {}, formatShape(shape)),
      h('td', { title: `${byteLength.toLocaleString('en-US')} bytes` }, formatBytes(byteLength)),
    ),
  );
  const table = h(
    'table',
    { class: 'schemes stored-as' },
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...rows),
  );
  return [table, button({ label: 'Show stored tensors', icon: 'layers', onClick: onShow })];
}

/** Some formats name their tensors by what they are. */
function labelOf(role: string, name: string): (string | HTMLElement)[] {
  const parts = name.split(/(?<=[._])/).flatMap(part => [part, h('wbr')]);
  return role === name ? parts : [role, h('span', { class: 'sub' }, ...parts)];
}

/** Roles are names in the program: `zeroPoint` is the zero point. */
export function roleText(role: string): string {
  return role.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}
