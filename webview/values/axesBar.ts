import * as l10n from '@vscode/l10n';
import { h, setAttribute, show } from '../dom';
import type { Axes } from './slice';

/** Makes the choice of the axes that are shown; there is none for vectors and matrices. */
export function createAxesBar(onChange: (axes: Axes) => void) {
  const element = h('div', { class: 'values-axes' });
  let drawn = '';
  let shape: readonly number[] = [];
  let axes: Axes = { rowAxis: 0, colAxis: 'rest', fixed: [] };
  let rowSelect: HTMLSelectElement | undefined;
  let colSelect: HTMLSelectElement | undefined;
  let inputs: HTMLInputElement[] = [];

  const isShown = (axis: number) =>
    axis === axes.rowAxis || axis === axes.colAxis || axes.colAxis === 'rest';

  function build(): void {
    const axisText = (axis: number) => l10n.t('axis {0} ({1})', axis, shape[axis]!);
    const options = () => shape.map((_, axis) => h('option', { value: axis }, axisText(axis)));
    rowSelect = h('select', { class: 'values-select', onchange: chooseRows }, ...options());
    const rest = h('option', { value: 'rest' }, l10n.t('all others'));
    colSelect = h('select', { class: 'values-select', onchange: chooseCols }, ...options(), rest);
    inputs = shape.map((length, axis) =>
      h('input', {
        ...{ type: 'number', class: 'values-input', min: 0, max: length - 1, step: 1 },
        'aria-label': l10n.t('Index of axis {0}, below {1}', axis, length),
        onchange: () => chooseFixed(axis),
      }),
    );
    element.replaceChildren(
      h('label', {}, l10n.t('Rows'), ' ', rowSelect),
      h('label', {}, l10n.t('Columns'), ' ', colSelect),
      ...inputs.map((input, axis) => h('label', {}, axisText(axis), ' ', input)),
    );
  }

  function chooseRows(): void {
    const rowAxis = Number(rowSelect!.value);
    // Who takes the columns' axis for the rows swaps them.
    const colAxis =
      axes.colAxis === rowAxis || (axes.colAxis === 'rest' && rowAxis !== 0)
        ? axes.rowAxis
        : axes.colAxis;
    onChange({ ...axes, rowAxis, colAxis });
  }

  function chooseCols(): void {
    const { value } = colSelect!;
    if (value === 'rest') {
      onChange({ ...axes, rowAxis: 0, colAxis: 'rest' });
      return;
    }
    const colAxis = Number(value);
    const free = shape.findIndex((_, axis) => axis !== colAxis);
    const swapped = axes.colAxis === 'rest' ? free : axes.colAxis;
    onChange({ ...axes, colAxis, rowAxis: axes.rowAxis === colAxis ? swapped : axes.rowAxis });
  }

  function chooseFixed(axis: number): void {
    const fixed = axes.fixed.map((index, i) =>
      i === axis
        ? Math.max(0, Math.min(Math.floor(Number(inputs[axis]!.value)) || 0, shape[axis]! - 1))
        : index,
    );
    onChange({ ...axes, fixed });
  }

  return {
    element,
    update(nextShape: readonly number[], next: Axes): void {
      shape = nextShape;
      axes = next;
      show(element, shape.length > 2);
      if (shape.length <= 2) return;
      const key = shape.join();
      if (key !== drawn) build();
      drawn = key;
      rowSelect!.value = String(axes.rowAxis);
      colSelect!.value = String(axes.colAxis);
      inputs.forEach((input, axis) => {
        show(input.parentElement!, !isShown(axis));
        if (document.activeElement !== input) input.value = String(axes.fixed[axis] ?? 0);
        setAttribute(input, 'max', shape[axis]! - 1);
      });
    },
  };
}
