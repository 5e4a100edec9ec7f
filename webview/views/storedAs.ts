import * as l10n from '@vscode/l10n';
import { commonPrefix } from '../../src/base/axisLabels';
import type { StoredFacts } from '../../src/protocol/editor';
import { button, h } from '../dom';
import { formatBytes, formatCount, formatShape } from '../format';

/** The tensors that a packed weight is stored in, and the way to them. */
export function createStoredAs({ tensors }: StoredFacts, onShow: () => void): HTMLElement[] {
  const prefix = commonPrefix(tensors.map(tensor => tensor.name));
  const heads = [l10n.t('Tensor'), l10n.t('Dtype'), l10n.t('Shape'), l10n.t('Bytes')].map(text =>
    h('th', { scope: 'col' }, text),
  );
  const rows = tensors.map(({ role, name, dtype, shape, byteLength }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: name }, ...labelOf(roleText(role), name.slice(prefix.length))),
      h('td', {}, dtype),
      h('td', {}, formatShape(shape)),
      h('td', { title: l10n.t('{0} bytes', formatCount(byteLength)) }, formatBytes(byteLength)),
    ),
  );
  const table = h(
    'table',
    { class: 'schemes stored-as' },
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...rows),
  );
  return [table, button({ label: l10n.t('Show stored tensors'), icon: 'layers', onClick: onShow })];
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
