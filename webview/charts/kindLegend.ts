import * as l10n from '@vscode/l10n';
import { type TensorKind, tensorKinds } from '../../src/base/tensorKind';
import type { Series } from '../../src/protocol/editor';
import { h, setAttribute } from '../dom';
import { fittedContext } from './canvas';
import { kindName } from './kinds';
import { drawSigns } from './signs';
import { type ChartTheme, kindStyle } from './theme';

/** What the legend shows. */
export interface KindLegendInput {
  readonly series: Series;
  readonly hidden: readonly TensorKind[];
  readonly theme: ChartTheme;
}

/** The legend of kinds; each is a button that shows or hides it. */
export function createKindLegend(onToggle: (kind: TensorKind) => void) {
  const element = h('div', { class: 'legend', role: 'group', 'aria-label': l10n.t('Kinds shown') });
  let drawn: readonly unknown[] = [];
  let buttons: readonly (readonly [TensorKind, HTMLButtonElement])[] = [];

  function build(kinds: readonly TensorKind[], theme: ChartTheme): void {
    buttons = kinds.map(kind => {
      const attributes = {
        type: 'button',
        class: 'legend-item',
        'data-kind': kind,
        title: l10n.t('{0}: click to show or hide', kindName(kind)),
        onclick: () => onToggle(kind),
      };
      const name = h('span', {}, kindName(kind));
      return [kind, h('button', attributes, createKindSwatch(theme, kind), name)] as const;
    });
    element.replaceChildren(...buttons.map(([, button]) => button));
  }

  return {
    element,
    update({ series, hidden, theme }: KindLegendInput): void {
      const kinds = (series.kinds ?? []).map(({ kind }) => tensorKinds[kind]!);
      const key = [theme, kinds.join()];
      if (key.some((part, i) => part !== drawn[i])) build(kinds, theme);
      drawn = key;
      for (const [kind, button] of buttons)
        setAttribute(button, 'aria-pressed', String(!hidden.includes(kind)));
    },
  };
}

/** The sign of a kind as the charts draw it; its name stands beside it. */
function createKindSwatch(theme: ChartTheme, kind: TensorKind): HTMLCanvasElement {
  const canvas = h('canvas', { class: 'swatch', 'aria-hidden': 'true' });
  const context = fittedContext(canvas, { width: 14, height: 10 });
  const { color, sign } = kindStyle(theme, kind);
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  drawSigns(context, sign, [{ x: 7, y: 5, r: 4 }]);
  return canvas;
}
