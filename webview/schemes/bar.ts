import * as l10n from '@vscode/l10n';
import { maxSchemes } from '../../src/protocol/schemes';
import { onThemeChange, readTheme } from '../charts/theme';
import { h, icon, setAttribute } from '../dom';
import type { Part, Session } from '../session';
import { type Chip, createChip } from './chip';
import { type Composer, createComposer } from './composer';
import { type ShownSchemes, withAdded, withRemoved, withReplaced } from './schemeList';
import { latestSchemes, shownSchemes } from './shown';
import { createToolbarKeys } from './toolbarKeys';

/** The schemes that are shown, each to be chosen, hidden, changed and removed, with what it costs. */
export function createSchemeBar(session: Session) {
  const { state } = session;
  const add = h(
    'button',
    {
      type: 'button',
      class: 'button icon scheme-add',
      'aria-haspopup': 'dialog',
      onclick: addScheme,
    },
    icon('add'),
  );
  const list = h(
    'div',
    { class: 'scheme-chips', role: 'toolbar', 'aria-label': l10n.t('Schemes') },
    add,
  );
  const element = h('section', { class: 'scheme-bar', 'aria-label': l10n.t('Schemes') }, list);
  const keys = createToolbarKeys(list);
  let theme = readTheme();
  let chips: readonly Chip[] = [];
  let composer: Composer | undefined;
  let anchor: HTMLElement | undefined;
  const stopTheme = onThemeChange(() => {
    theme = readTheme();
    draw();
  });
  const observer = new ResizeObserver(place);
  observer.observe(element);

  function draw(): void {
    const { schemes, activeScheme, hiddenSchemes } = shownSchemes(session);
    // In place: what leaves the page loses the keyboard.
    for (const chip of chips.slice(schemes.length)) chip.element.remove();
    list.classList.toggle('many', schemes.length > 2);
    chips = schemes.map((_, i) => chips[i] ?? makeChip(i));
    for (const { element: chip } of chips) if (!list.contains(chip)) add.before(chip);
    chips.forEach((chip, i) => {
      const text = schemes[i]!;
      chip.update({
        text,
        facts: state.doc?.schemeFacts[i] ?? null,
        isActive: text === activeScheme,
        isHidden: hiddenSchemes.includes(text),
        isRemovable: schemes.length > 1,
        theme,
      });
    });
    drawAdd(schemes.length >= maxSchemes);
    keys.update();
  }

  function drawAdd(isFull: boolean): void {
    const label = isFull
      ? l10n.t('At most {0} schemes are compared', maxSchemes)
      : l10n.t('Compare with another scheme');
    setAttribute(add, 'aria-label', label);
    setAttribute(add, 'title', label);
    setAttribute(add, 'aria-disabled', isFull ? 'true' : undefined);
  }

  function makeChip(index: number): Chip {
    const text = () => shownSchemes(session).schemes[index] ?? '';
    return createChip(index, {
      onActivate: () => session.setLayout({ activeScheme: text() }),
      onToggle: () => toggle(text()),
      onChange: () => changeScheme(index),
      onRemove: () => remove(index),
    });
  }

  function toggle(text: string): void {
    const { hiddenSchemes } = state.saved;
    const without = hiddenSchemes.filter(name => name !== text);
    const wasHidden = without.length < hiddenSchemes.length;
    session.setLayout({ hiddenSchemes: wasHidden ? without : [...hiddenSchemes, text] });
  }

  function remove(index: number): void {
    composer?.close(false);
    const before = latestSchemes(session);
    const at = before.schemes.indexOf(shownSchemes(session).schemes[index] ?? '');
    if (at < 0 || before.schemes.length < 2) return;
    const next = withRemoved(before, at);
    chips[Math.min(index, next.schemes.length - 1)]?.main.focus();
    session.setSchemes(next);
  }

  function changeScheme(index: number): void {
    const before = latestSchemes(session);
    const start = shownSchemes(session).schemes[index] ?? '';
    const at = before.schemes.indexOf(start);
    const chip = chips[index];
    if (at < 0 || !chip) return;
    open(chip.change, {
      start,
      before,
      taken: before.schemes.toSpliced(at, 1),
      label: l10n.t('Change {0}', start),
      with: text => withReplaced(before, at, text),
    });
  }

  function addScheme(): void {
    const before = latestSchemes(session);
    if (before.activeScheme === null || before.schemes.length >= maxSchemes) return;
    open(add, {
      start: before.activeScheme,
      before,
      taken: before.schemes,
      label: l10n.t('Compare with another scheme'),
      with: text => withAdded(before, text),
    });
  }

  function open(at: HTMLElement, what: Composing): void {
    if (anchor === at) {
      void composer?.leave(true);
      return;
    }
    composer?.close(false);
    const { before, start, taken, label } = what;
    anchor = at;
    composer = createComposer({
      session,
      start,
      taken,
      label,
      opener: at,
      apply: text => session.setSchemes(what.with(text)),
      revert: () => session.setSchemes(before),
      onClose: takeBack => {
        composer = undefined;
        anchor = undefined;
        setAttribute(at, 'aria-expanded', 'false');
        if (takeBack) (at.isConnected ? at : add).focus();
      },
    });
    setAttribute(at, 'aria-expanded', 'true');
    element.append(composer.element);
    place();
    composer.focus();
  }

  /** Below what opened it, as far as the page is wide and high enough. */
  function place(): void {
    if (!composer || !anchor) return;
    const panel = composer.element;
    const bar = element.getBoundingClientRect();
    const from = (anchor.closest('.chip') ?? anchor).getBoundingClientRect();
    const room = bar.width - panel.offsetWidth - 8;
    panel.style.left = `${Math.max(8, Math.min(from.left - bar.left, room))}px`;
    panel.style.top = `${from.bottom - bar.top + 4}px`;
    panel.style.maxHeight = `${Math.max(160, window.innerHeight - from.bottom - 12)}px`;
  }

  return {
    element,
    update(changed: ReadonlySet<Part>): void {
      if (changed.has('doc') || changed.has('layout')) draw();
    },
    destroy(): void {
      composer?.close(false);
      observer.disconnect();
      stopTheme();
    },
  };
}

/** What the composer is opened for. */
interface Composing {
  readonly start: string;
  /** Texts of the other schemes that are shown. */
  readonly taken: readonly string[];
  readonly before: ShownSchemes;
  readonly label: string;
  /** The schemes with what is composed. */
  with(text: string): ShownSchemes;
}
