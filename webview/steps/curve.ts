import * as l10n from '@vscode/l10n';
import type { StepCurve } from '../../src/explain/steps';
import { createCurvePlot } from '../charts/curvePlot';
import { createPlotCursor } from '../charts/plotCursor';
import { figure, table } from '../charts/storedTables';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { h } from '../dom';
import { stepFigure } from './figures';

/** What is drawn when it has a size. */
export interface Painted {
  readonly element: HTMLElement;
  paint(theme: ChartTheme): void;
}

/** What each threshold would lose, with the chosen one marked: a picture, or the same as a table. */
export function createStepsCurve(
  curve: StepCurve,
  { tooltip, asTable }: { readonly tooltip: TextTooltip; readonly asTable: boolean },
): Painted {
  const { thresholds, losses, chosen } = curve;
  const title = lossText(curve);
  const chosenLabel = l10n.t('chosen: {0}', stepFigure(thresholds[chosen] ?? Number.NaN));
  if (asTable) return { element: createTable(curve, title), paint() {} };
  const plot = createCurvePlot();
  const cursor = createPlotCursor({
    label: l10n.t('{0} by threshold', title),
    tooltip,
    xOf: plot.xOf,
    markAt: plot.indexAt,
    textOf: i => pointText(curve, i),
    onPick: () => {},
  });
  const label = l10n.t(
    '{0} of {1} thresholds; {2}, where it is {3}',
    title,
    thresholds.length,
    chosenLabel,
    stepFigure(losses[chosen] ?? Number.NaN),
  );
  return {
    element: h('div', { class: 'steps-curve' }, plot.canvas, cursor.element),
    paint(theme) {
      plot.draw({ xs: thresholds, ys: losses, chosen, chosenLabel }, theme, label);
      cursor.layout(plot.area, thresholds.length);
    },
  };
}

/** What the losses are. */
export function lossText({ calibration }: StepCurve): string {
  return calibration === 'entropy' ? l10n.t('KL divergence') : l10n.t('Mean squared error');
}

function pointText({ thresholds, losses, chosen }: StepCurve, i: number): string {
  const text = l10n.t(
    'threshold {0}: {1}',
    stepFigure(thresholds[i] ?? Number.NaN),
    stepFigure(losses[i] ?? Number.NaN),
  );
  return i === chosen ? l10n.t('{0} (chosen)', text) : text;
}

function createTable({ thresholds, losses, chosen }: StepCurve, title: string): HTMLElement {
  const rows = Array.from(thresholds, (threshold, i) => [
    figure(threshold),
    figure(losses[i] ?? null),
    i === chosen ? l10n.t('chosen') : '',
  ]);
  const heads = [l10n.t('Threshold'), title, l10n.t('Choice')];
  return table(l10n.t('{0} by threshold', title), heads, rows);
}
