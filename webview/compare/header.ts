import * as l10n from '@vscode/l10n';
import type { Finding } from '../../src/formats/tensorFile';
import type { ComparedFile, ComparisonView } from '../../src/protocol/compare';
import { findingCount, pairCount } from '../counts';
import { h, icon, show } from '../dom';
import { formatCount } from '../format';
import { createFindingList } from '../views/findings';
import { createPopover } from '../views/popover';

/** The line on top: which files, how many pairs, and what has none. */
export function createHeader() {
  const facts = h('div', { class: 'facts' });
  const unmatched = createPopover(l10n.t('Weights without a counterpart'));
  const findings = createPopover(l10n.t('Findings'));
  const element = h(
    'header',
    { class: 'summary', 'aria-label': l10n.t('Summary') },
    facts,
    h('div', { class: 'summary-tools' }, unmatched.element, findings.element),
  );
  let drawn = -1;

  return {
    element,
    update(view: ComparisonView): void {
      if (drawn === view.generation) return;
      drawn = view.generation;
      const { a, b, pairs } = view;
      facts.replaceChildren(makeTitle(a, b), fact(pairCount(pairs)));
      const alone = a.unmatchedCount + b.unmatchedCount;
      show(unmatched.element, alone > 0);
      unmatched.label.replaceChildren(
        icon('circle-slash'),
        l10n.t('{0} unmatched', formatCount(alone)),
      );
      unmatched.panel.replaceChildren(...[a, b].flatMap(makeUnmatched));
      const all = [a, b].flatMap(findingsOf);
      show(findings.element, all.length > 0);
      findings.label.replaceChildren(icon('info'), findingCount(all.length));
      findings.panel.replaceChildren(createFindingList(all));
    },
  };
}

/** Files of one name are told apart by their folders. */
function makeTitle(a: ComparedFile, b: ComparedFile): HTMLElement {
  const name = (file: ComparedFile) => (a.name === b.name ? file.path : file.name);
  const part = (file: ComparedFile) => h('span', { title: file.path }, name(file));
  return h('h1', { class: 'fact compared' }, part(a), ' ↔ ', part(b));
}

function fact(text: string): HTMLElement {
  return h('span', { class: 'fact' }, text);
}

function makeUnmatched({ name, unmatched, unmatchedCount }: ComparedFile): HTMLElement[] {
  if (unmatchedCount === 0) return [];
  const items = unmatched.map(weight =>
    h('li', {}, h('span', {}, weight.name), ' ', h('span', { class: 'note' }, weight.reason)),
  );
  const more = unmatchedCount - unmatched.length;
  if (more > 0) items.push(h('li', { class: 'note' }, l10n.t('and {0} more', formatCount(more))));
  return [
    h('h3', {}, l10n.t('Only in {0}: {1}', name, formatCount(unmatchedCount))),
    h('ul', { class: 'unmatched' }, ...items),
  ];
}

function findingsOf({ name, findings }: ComparedFile): Finding[] {
  return findings.map(finding => ({ ...finding, message: `${name}: ${finding.message}` }));
}
