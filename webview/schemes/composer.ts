import * as l10n from '@vscode/l10n';
import { button, h, setAttribute, setText } from '../dom';
import type { Session } from '../session';
import { createControls } from './controls';
import { createDraft } from './draft';
import { factsText } from './facts';
import { createPresetPicker } from './presetPicker';

/** What a composer is opened for. */
export interface ComposerOptions {
  readonly session: Session;
  /** What it begins with: a good text. */
  readonly start: string;
  /** Texts of the other schemes that are shown. */
  readonly taken: readonly string[];
  readonly label: string;
  /** What opened the panel, and closes it too. */
  readonly opener: HTMLElement;
  apply(text: string): void;
  revert(): void;
  /** @param takeBack whether the keyboard is to go where it came from */
  onClose(takeBack: boolean): void;
}

/** A panel in which a scheme is composed: of a preset, of controls, or as text, always in step. */
export interface Composer {
  readonly element: HTMLElement;
  focus(): void;
  /** Applies what is good, and takes the panel away. */
  leave(takeBack: boolean): Promise<void>;
  /** Takes the panel away at once; what was applied stays. */
  close(takeBack: boolean): void;
}

/** Makes a composer. It applies what is good by itself, a moment after the last change. */
export function createComposer(options: ComposerOptions): Composer {
  const { session, label } = options;
  const draft = createDraft({
    start: options.start,
    taken: options.taken,
    describe: (text, signal) => session.request('schemes/describe', { text }, { signal }),
    apply: options.apply,
    revert: options.revert,
    onChange: () => update(),
  });
  const presets = createPresetPicker(draft.pick);
  const controls = createControls(draft.choose);
  const input = h('input', {
    id: 'composer-text',
    class: 'composer-input',
    'aria-describedby': 'composer-problem',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => draft.type(input.value),
    onblur: () => draft.tidy(),
  });
  const problem = h('p', { id: 'composer-problem', class: 'composer-problem', role: 'alert' });
  const meaning = h('p', { class: 'composer-meaning' });
  const figures = h('p', { class: 'composer-figures' });
  const undo = button({
    label: l10n.t('Undo'),
    title: l10n.t('Back to what was there before (Escape)'),
    onClick: () => draft.undo(),
  });
  const apply = button({
    label: l10n.t('Apply'),
    kind: 'primary',
    title: l10n.t('Show it in all views, and close (Enter)'),
    onClick: () => void finish(),
  });
  const element = h(
    'div',
    { class: 'composer', role: 'dialog', 'aria-label': label },
    row('composer-preset', l10n.t('Preset'), presets.element),
    row('composer-text', l10n.t('Text'), h('div', {}, input, problem)),
    controls.element,
    h(
      'div',
      { class: 'composer-foot' },
      h('div', { class: 'composer-facts', role: 'status' }, meaning, figures),
      h('div', { class: 'composer-buttons' }, undo, apply),
    ),
  );

  function update(): void {
    const { text, parts, description, problem: wrong, isTaken, isChanged } = draft.state;
    if (input.value !== text) input.value = text;
    setAttribute(input, 'aria-invalid', wrong === null ? undefined : 'true');
    setText(problem, wrong ?? '');
    controls.update(parts);
    if (description?.isGood) {
      presets.update(description.preset);
      setText(meaning, isTaken ? takenText(isChanged) : description.facts.meaning);
      setText(figures, factsText(description.facts));
    } else if (wrong !== null) for (const line of [meaning, figures]) setText(line, '');
    undo.disabled = !isChanged;
    apply.disabled = wrong !== null || isTaken;
  }

  async function finish(): Promise<void> {
    if (await draft.finish()) close(true);
  }

  function close(takeBack: boolean): void {
    if (!element.isConnected) return;
    document.removeEventListener('pointerdown', closeOutside);
    document.removeEventListener('keydown', onKey);
    draft.dispose();
    element.remove();
    options.onClose(takeBack);
  }

  async function leave(takeBack: boolean): Promise<void> {
    await draft.finish();
    close(takeBack);
  }

  function closeOutside({ target }: PointerEvent): void {
    const node = target as Node;
    if (!element.contains(node) && !options.opener.contains(node)) void leave(false);
  }

  /** On the document: a control that had the keyboard may be gone. */
  function onKey(event: KeyboardEvent): void {
    const { key, target } = event;
    if (target !== document.body && !element.contains(target as Node)) return;
    if (key === 'Enter' && target instanceof HTMLInputElement) void finish();
    else if (key === 'Escape') {
      draft.undo();
      close(true);
    } else return;
    event.preventDefault();
  }

  document.addEventListener('keydown', onKey);
  document.addEventListener('pointerdown', closeOutside);
  session
    .request('schemes/presets', null)
    .then(presets.setPresets, error => setText(problem, String(error)));
  update();

  return {
    element,
    focus() {
      input.focus();
      input.select();
    },
    leave,
    close,
  };
}

function row(id: string, label: string, content: HTMLElement): HTMLElement {
  return h('div', { class: 'composer-row' }, h('label', { for: id }, label), content);
}

function takenText(isChanged: boolean): string {
  return isChanged
    ? l10n.t('This scheme is shown already.')
    : l10n.t('This scheme is shown already: change it to compare.');
}
