import * as l10n from '@vscode/l10n';
import type { StepFigures, Steps } from '../../src/explain/steps';
import { button, h } from '../dom';
import { formatCount, formatDecibel, formatFigure, formatPercent, formatPlain } from '../format';
import { stepFigure } from './figures';
import { createStepsTable, type StepsTableOptions } from './table';

/** What stands around a table of steps. */
export interface StepsSectionOptions extends Pick<StepsTableOptions, 'placeOf'> {
  readonly title: string;
  /** Where the parameters come from; absent: it needs no saying. */
  readonly note?: string;
  /** Set where the scheme can be taken over. */
  onUse?(scheme: string): void;
}

/** Values under one scheme: its parameters, the steps, and the error of all. */
export function createStepsSection(steps: Steps, options: StepsSectionOptions): HTMLElement {
  const { title, note, placeOf, onUse } = options;
  const { scheme, figures } = steps;
  const caption = title === scheme ? l10n.t('Steps under {0}', scheme) : `${title}: ${scheme}`;
  const use = onUse
    ? button({
        label: l10n.t('Use this scheme'),
        title: l10n.t('Show the model under {0}', scheme),
        kind: 'link',
        onClick: () => onUse(scheme),
      })
    : null;
  return h(
    'div',
    { class: 'steps-section' },
    h(
      'div',
      { class: 'steps-title' },
      h('h2', {}, title === scheme ? h('code', {}, scheme) : title),
      title !== scheme && h('code', {}, scheme),
      use,
    ),
    h('p', { class: 'steps-params' }, paramsText(steps), note && ` ${note}`),
    createStepsTable(steps, { caption, placeOf }),
    h('dl', { class: 'steps-figures' }, ...figureItems(figures)),
  );
}

/** The parameters in a sentence; where there are several, the table tells them. */
function paramsText({ segments, columns }: Steps): string {
  const [first] = segments;
  if (!first || first.scale === null) return l10n.t('No scale: each value is cast by itself.');
  if (segments.length > 1)
    return l10n.t('{0} groups of values with a scale each.', segments.length);
  const { scale, zeroPoint, range } = first;
  // Levels have no zero point.
  const isAffine = columns.some(({ kind }) => kind === 'saturate' || kind === 'add-zero');
  const params = isAffine
    ? l10n.t('Scale {0}, zero point {1}', stepFigure(scale), stepFigure(zeroPoint ?? 0))
    : l10n.t('Scale {0}', stepFigure(scale));
  if (!range) return `${params}.`;
  return l10n.t('{0}, laid over {1} … {2}.', params, stepFigure(range.lo), stepFigure(range.hi));
}

function figureItems(figures: StepFigures): HTMLElement[] {
  const item = (term: string, text: string, exact: number | null = null) =>
    h('div', {}, h('dt', {}, term), h('dd', { title: exact === null ? undefined : exact }, text));
  const { maxAbsError, mse, sqnrDb, clippedFraction, bitsPerWeight, kept } = figures;
  const isExact = maxAbsError === 0;
  return [
    item(l10n.t('Max error'), formatFigure(maxAbsError), maxAbsError),
    item(l10n.t('MSE'), formatFigure(mse), mse),
    item(l10n.t('SQNR'), isExact ? l10n.t('exact') : `${formatDecibel(sqnrDb)} dB`, sqnrDb),
    ...(clippedFraction ? [item(l10n.t('Clipped'), formatPercent(clippedFraction))] : []),
    ...(kept > 0 ? [item(l10n.t('Kept apart'), formatCount(kept))] : []),
    ...(bitsPerWeight === null
      ? []
      : [item(l10n.t('Bits per weight'), formatPlain(bitsPerWeight), bitsPerWeight)]),
  ];
}
