import * as l10n from '@vscode/l10n';
import { h } from '../dom';
import { createSwatch } from './swatch';
import type { ChartTheme } from './theme';

/** What the legend shows. */
export interface LegendInput {
  readonly schemes: readonly string[];
  readonly meanings: readonly string[];
  readonly hidden: readonly boolean[];
  readonly theme: ChartTheme;
}

/** One legend for all charts; each scheme is a button that shows or hides it. */
export function createLegend(onToggle: (scheme: string) => void) {
  const element = h('div', {
    class: 'legend',
    role: 'group',
    'aria-label': l10n.t('Schemes shown'),
  });
  let drawn: LegendInput | undefined;
  let buttons: HTMLButtonElement[] = [];

  function build({ schemes, meanings, theme }: LegendInput): void {
    buttons = schemes.map((name, i) =>
      h(
        'button',
        {
          type: 'button',
          class: 'legend-item',
          title: `${name}: ${meanings[i] ?? ''}\n${l10n.t('Click to show or hide')}`,
          onclick: () => onToggle(name),
        },
        createSwatch(theme, i),
        h('span', {}, name),
      ),
    );
    element.replaceChildren(...buttons);
  }

  return {
    element,
    update(input: LegendInput): void {
      if (drawn?.theme !== input.theme || drawn.schemes.join() !== input.schemes.join())
        build(input);
      buttons.forEach((item, i) => {
        item.setAttribute('aria-pressed', String(!input.hidden[i]));
      });
      drawn = input;
    },
  };
}
