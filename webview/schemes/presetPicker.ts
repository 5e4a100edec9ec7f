import * as l10n from '@vscode/l10n';
import type { PresetView } from '../../src/protocol/schemes';
import { h, icon, setAttribute, setText, show } from '../dom';

const listId = 'preset-list';

/** Presets that hold every word typed, in their name, text or source. */
export function matchingPresets(
  presets: readonly PresetView[],
  typed: string,
): readonly PresetView[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return presets.filter(({ name, scheme, source }) => {
    const text = `${name} ${scheme} ${source}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}

/** A box to type into, above a list of the presets that match. `onPick` gets the preset's name. */
export function createPresetPicker(onPick: (name: string) => void) {
  const input = h('input', {
    id: 'composer-preset',
    class: 'composer-input',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-controls': listId,
    'aria-expanded': 'false',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: l10n.t('none: composed below'),
  });
  const list = h('ul', {
    id: listId,
    class: 'preset-list',
    role: 'listbox',
    'aria-label': l10n.t('Presets'),
    hidden: true,
  });
  const source = h('span', { class: 'note preset-source' });
  const element = h(
    'div',
    { class: 'preset-picker' },
    h('div', { class: 'preset-box' }, input, icon('chevron-down', 'preset-arrow'), list),
    source,
  );
  let presets: readonly PresetView[] = [];
  let chosen: string | null = null;
  let shown: readonly PresetView[] = [];
  let active = -1;

  function open(typed: string): void {
    shown = matchingPresets(presets, typed);
    const empty = h(
      'li',
      { class: 'note', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' },
      l10n.t('No preset matches.'),
    );
    list.replaceChildren(...(shown.length > 0 ? shown.map(createOption) : [empty]));
    show(list, true);
    setAttribute(input, 'aria-expanded', 'true');
    activate(Math.max(0, typed === '' ? shown.findIndex(p => p.name === chosen) : 0));
  }

  function close(): void {
    if (list.hidden) return;
    show(list, false);
    setAttribute(input, 'aria-expanded', 'false');
    setAttribute(input, 'aria-activedescendant', undefined);
    input.value = chosen ?? '';
  }

  function activate(index: number): void {
    const options = list.querySelectorAll<HTMLElement>('.preset');
    active = Math.min(options.length - 1, Math.max(0, index));
    options.forEach((option, i) => {
      option.classList.toggle('active', i === active);
    });
    options[active]?.scrollIntoView({ block: 'nearest' });
    setAttribute(input, 'aria-activedescendant', options[active]?.id);
  }

  function pick(index: number): void {
    const preset = shown[index];
    if (!preset) return;
    chosen = preset.name;
    close();
    onPick(preset.name);
  }

  function createOption(preset: PresetView, i: number): HTMLElement {
    const { name, scheme, source: from } = preset;
    return h(
      'li',
      {
        id: `preset-${i}`,
        class: 'preset',
        role: 'option',
        'aria-selected': String(name === chosen),
        onclick: () => pick(i),
      },
      h('span', { class: 'preset-name' }, name),
      h('span', { class: 'preset-scheme' }, scheme === name ? '' : scheme),
      h('span', { class: 'note preset-from', title: from }, from),
    );
  }

  function onKey(event: KeyboardEvent): void {
    const { key } = event;
    const isOpen = !list.hidden;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 8,
      PageUp: -8,
    };
    const step = steps[key];
    if (step !== undefined) {
      if (isOpen) activate(active + step);
      else open('');
    } else if (isOpen && key === 'Enter') pick(active);
    else if (isOpen && key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  input.addEventListener('keydown', onKey);
  input.addEventListener('input', () => open(input.value));
  input.addEventListener('focus', () => input.select());
  input.addEventListener('click', () => list.hidden && open(''));
  input.addEventListener('blur', close);
  // A press on the list must not take the keyboard from the box: its blur would close the list under the pointer.
  list.addEventListener('pointerdown', event => event.preventDefault());

  function update(name: string | null): void {
    chosen = name;
    if (list.hidden) input.value = name ?? '';
    setText(source, presets.find(preset => preset.name === name)?.source ?? '');
  }

  return {
    element,
    setPresets(all: readonly PresetView[]): void {
      presets = all;
      update(chosen);
      if (!list.hidden) open(input.value === chosen ? '' : input.value);
    },
    /** Shows the preset that means what is composed; null where none does. */
    update,
  };
}
