import { h, setAttribute, show } from '../dom';
import { choiceOf, gridGroups, type Kind, kinds, type Topic, topics, wordOf } from './choices';
import type { Parts } from './composition';
import { refuseKind, refuseTopic } from './fitting';
import { fieldLabel, gridGroupLabel, kindLabel, topicLabel, topicTitle } from './labels';

/** Numbers that most people choose, offered beside any other. */
const usualSizes = ['16', '32', '64', '128', '256'];
const sizesId = 'composer-sizes';

/** One control for every topic of a scheme's text. `onChoose` gets the word that a control was set to. */
export function createControls(onChoose: (topic: Topic, word: string) => void) {
  const controls = topics.map(topic => createControl(topic, word => onChoose(topic, word)));
  const sizes = h(
    'datalist',
    { id: sizesId },
    ...usualSizes.map(size => h('option', { value: size })),
  );
  const element = h('div', { class: 'composer-controls' }, ...controls.map(c => c.element), sizes);
  return {
    element,
    update(parts: Parts): void {
      for (const control of controls) control.update(parts);
    },
  };
}

function createControl(topic: Topic, onChoose: (word: string) => void) {
  const id = `composer-${topic}`;
  const select = h('select', { id, class: 'select' }, ...optionsOf(topic));
  const fields = h('span', { class: 'composer-fields' });
  const label = h('label', { for: id }, topicLabel(topic));
  const element = h(
    'div',
    { class: 'composer-control', 'data-topic': topic },
    label,
    h('div', { class: 'composer-values' }, select, fields),
  );
  let drawn: Kind | undefined;
  let inputs: HTMLInputElement[] = [];

  select.addEventListener('change', () =>
    onChoose(wordOf(topic, { kind: select.value, fields: [] })),
  );
  fields.addEventListener('input', () =>
    onChoose(wordOf(topic, { kind: select.value, fields: inputs.map(input => input.value) })),
  );

  function drawFields(kind: Kind | undefined): void {
    if (kind === drawn) return;
    drawn = kind;
    inputs = (kind?.fields ?? []).map(({ name }) =>
      h('input', {
        class: 'composer-field',
        'data-field': name,
        inputmode: name === 'levels' ? 'text' : 'decimal',
        autocomplete: 'off',
        spellcheck: 'false',
        list: name === 'size' ? sizesId : undefined,
      }),
    );
    const labelled = inputs.map((input, i) =>
      h('label', { class: 'composer-number' }, fieldLabel(kind!.fields[i]!.name), input),
    );
    fields.replaceChildren(...labelled);
    show(fields, inputs.length > 0);
  }

  return {
    element,
    update(parts: Parts): void {
      const { kind, fields: numbers } = choiceOf(topic, parts[topic]);
      const reason = refuseTopic(topic, parts);
      drawFields(kinds[topic].find(k => k.kind === kind));
      if (select.value !== kind) select.value = kind;
      select.disabled = reason !== null;
      setAttribute(element, 'title', reason ?? topicTitle(topic));
      // Screen readers find a control that is disabled, and are told why.
      setAttribute(select, 'aria-description', reason ?? undefined);
      element.classList.toggle('disabled', reason !== null);
      for (const option of select.options) refuse(option, refuseKind(topic, option.value, parts));
      inputs.forEach((input, i) => {
        input.disabled = reason !== null;
        // A number that is being typed stays as it is.
        if (input !== document.activeElement) input.value = numbers[i] ?? '';
      });
    },
  };
}

function refuse(option: HTMLOptionElement, reason: string | null): void {
  option.disabled = reason !== null;
  setAttribute(option, 'title', reason ?? undefined);
}

function optionsOf(topic: Topic): HTMLElement[] {
  const option = (kind: string) => h('option', { value: kind }, kindLabel(topic, kind));
  if (topic !== 'grid') return kinds[topic].map(({ kind }) => option(kind));
  const groups = Object.keys(gridGroups) as (keyof typeof gridGroups)[];
  return groups.map(group =>
    h('optgroup', { label: gridGroupLabel(group) }, ...gridGroups[group].map(option)),
  );
}
