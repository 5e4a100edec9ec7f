import * as l10n from '@vscode/l10n';
import { button, h, icon, setText, show } from '../dom';
import type { Part, Session } from '../session';
import { hostView } from '../state';
import { createPopover } from '../views/popover';

/** A line of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly title?: string;
  onPick(): void;
}

/** A button with a menu below it, which closes when something was picked. */
export function createMenu(name: string, label: readonly (Node | string)[]) {
  const popover = createPopover(name);
  const { element, panel } = popover;
  element.classList.add('menu');
  popover.label.append(...label);
  popover.label.title = name;

  return {
    element,
    label: popover.label,
    update(items: readonly MenuItem[]): void {
      panel.replaceChildren(
        ...items.map(({ label, title, onPick }) =>
          button({
            label,
            kind: 'link',
            ...(title !== undefined && { title }),
            onClick() {
              element.open = false;
              popover.label.focus();
              onPick();
            },
          }),
        ),
      );
    },
  };
}

/** What may be saved of the file, and what was saved last. */
export function createExportMenu(session: Session) {
  const { state } = session;
  const menu = createMenu(l10n.t('Export'), [
    icon('export'),
    h('span', { class: 'label-of-icon' }, l10n.t('Export')),
  ]);
  const name = h('span', { class: 'export-name' });
  const open = button({
    label: l10n.t('Open'),
    kind: 'link',
    onClick: () => session.act(client => client.request('export/open', null)),
  });
  const close = button({
    label: l10n.t('Dismiss'),
    icon: 'close',
    kind: 'icon',
    onClick() {
      show(hint, false);
      menu.label.focus();
    },
  });
  const hint = h('div', { class: 'export-hint', hidden: true }, name, open, close);
  const element = h('div', { class: 'export', role: 'status' }, hint);
  let drawn = '';

  function items(): MenuItem[] {
    const schemes = state.doc?.schemes ?? [];
    return [
      {
        label: l10n.t('Report as a web page (HTML)…'),
        title: l10n.t('Model, schemes, charts, worst layers, findings and figures in one file'),
        onPick: () => session.exportAs({ kind: 'html' }),
      },
      {
        label: l10n.t('Report as Markdown…'),
        title: l10n.t('The same without the charts'),
        onPick: () => session.exportAs({ kind: 'markdown' }),
      },
      {
        label: l10n.t('Table as CSV…'),
        title: l10n.t(
          'All rows in the order and with the filter of the overview, in full precision',
        ),
        onPick: saveTable,
      },
      ...schemes.map((scheme, i) => ({
        label: l10n.t('Figures of {0} as JSON…', scheme),
        title: l10n.t('What the command line prints: quantscope quantize --json'),
        onPick: () => session.exportAs({ kind: 'quantizeJson', scheme: i }),
      })),
      {
        label: l10n.t('Statistics as JSON…'),
        title: l10n.t('What the command line prints: quantscope stats --json'),
        onPick: () => session.exportAs({ kind: 'statsJson' }),
      },
    ];
  }

  /** The columns of hidden schemes are not in the table. */
  function saveTable(): void {
    const { hiddenSchemes } = state.saved;
    const shown = (state.doc?.schemes ?? []).flatMap((scheme, i) =>
      hiddenSchemes.includes(scheme) ? [] : [i],
    );
    session.exportAs({ kind: 'csv', view: hostView(state.saved), schemes: shown });
  }

  return {
    menu: menu.element,
    /** What was saved; a status that screen readers tell. */
    hint: element,
    update(changed: ReadonlySet<Part>): void {
      const key = JSON.stringify(state.doc?.schemes);
      if (key !== drawn) menu.update(items());
      drawn = key;
      if (!changed.has('exported')) return;
      show(hint, state.exported !== null);
      setText(name, l10n.t('Saved {0}', state.exported ?? ''));
      name.title = state.exported ?? '';
    },
  };
}
