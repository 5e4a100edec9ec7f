import * as l10n from '@vscode/l10n';
import type { StepColumn, StepSegment, Steps } from '../../src/explain/steps';
import type { Rounding } from '../../src/quant/rounding';
import type { Calibration, Outliers } from '../../src/quant/scheme';
import { formatInteger } from '../format';
import { stepFigure } from './figures';

/** What a step is called, and its rule with its numbers. */
export interface StepWords {
  readonly title: string;
  readonly rule: string;
}

/** Words of a column. Parameters that all values share stand in the rule. */
export function wordsOf(column: StepColumn, { segments }: Steps): StepWords {
  const shared = segments.length === 1 ? segments[0]! : null;
  switch (column.kind) {
    case 'keep':
      return {
        title: l10n.t('Keep apart'),
        rule: l10n.t('{0}, stored as FP16', outliersText(column.outliers)),
      };
    case 'range':
      return { title: l10n.t('Range'), rule: rangeRule(column.calibration, shared) };
    case 'scale':
      return { title: l10n.t('Scale'), rule: l10n.t('of the values that share it') };
    case 'zero-point':
      return { title: l10n.t('Zero point'), rule: l10n.t('of the values that share it') };
    case 'normalize':
      return { title: l10n.t('Normalize'), rule: normalRule(column.by, shared) };
    case 'target':
      return {
        title: l10n.t('Scale'),
        rule: l10n.t('multiply by {0}, the largest level', stepFigure(column.largest)),
      };
    case 'divide':
      return { title: l10n.t('Divide'), rule: divideRule(column.by, shared) };
    case 'add-zero':
      return { title: l10n.t('Shift'), rule: addRule(shared) };
    case 'round':
      return { title: l10n.t('Round'), rule: roundingText(column.rounding) };
    case 'saturate':
      return {
        title: l10n.t('Saturate'),
        rule: l10n.t(
          'to {0} … {1}: the code',
          formatInteger(column.qmin),
          formatInteger(column.qmax),
        ),
      };
    case 'level':
      return { title: l10n.t('Round'), rule: levelRule(column) };
    case 'cast':
      return {
        title: l10n.t('Cast'),
        rule: l10n.t('to the bits of {0}, half to even', column.format.toUpperCase()),
      };
    case 'search':
      return { title: l10n.t('Code'), rule: l10n.t('searched for the block as a whole') };
    case 'dequantize':
      return { title: l10n.t('Dequantize'), rule: backRule(column.by, shared) };
    case 'error':
      return { title: l10n.t('Error'), rule: l10n.t('value − dequantized') };
  }
}

function normalRule(by: 'largest' | 'mean', shared: StepSegment | null): string {
  const top = shared?.range ? stepFigure(shared.range.hi) : null;
  if (by === 'mean')
    return top === null
      ? l10n.t('divide by the mean |x|')
      : l10n.t('divide by the mean |x|, {0}', top);
  return top === null ? l10n.t('divide by max |x|') : l10n.t('divide by max |x|, {0}', top);
}

function divideRule(by: 'scale' | 'reciprocal', shared: StepSegment | null): string {
  if (by === 'reciprocal')
    return shared?.scale
      ? l10n.t('multiply by 1 / {0}, one over the scale', stepFigure(shared.scale))
      : l10n.t('multiply by one over the scale');
  return shared?.scale
    ? l10n.t('by the scale, {0}', stepFigure(shared.scale))
    : l10n.t('by the scale');
}

function addRule(shared: StepSegment | null): string {
  return shared === null || shared.zeroPoint === null
    ? l10n.t('add the zero point')
    : l10n.t('add the zero point, {0}', stepFigure(shared.zeroPoint));
}

function backRule(by: 'steps' | 'level' | 'format' | 'bits', shared: StepSegment | null): string {
  if (by === 'bits') return l10n.t('what the bits stand for');
  if (by === 'format') return l10n.t('as the format decodes it');
  const scale = shared?.scale ? stepFigure(shared.scale) : null;
  if (by === 'level')
    return scale === null ? l10n.t('level × scale') : l10n.t('level × {0}', scale);
  if (scale === null || !shared) return l10n.t('(code − zero point) × scale');
  const zero = shared.zeroPoint ?? 0;
  if (zero === 0) return l10n.t('code × {0}', scale);
  return zero > 0
    ? l10n.t('(code − {0}) × {1}', stepFigure(zero), scale)
    : l10n.t('(code + {0}) × {1}', stepFigure(-zero), scale);
}

function levelRule({ rounding, tie, levels }: Extract<StepColumn, { kind: 'level' }>): string {
  if (rounding.kind === 'down') return l10n.t('down to one of {0} levels', levels);
  if (rounding.kind !== 'even')
    return l10n.t('to one of {0} levels: {1}', levels, roundingText(rounding));
  return tie === 'lower'
    ? l10n.t('to the nearest of {0} levels, a tie to the lower', levels)
    : l10n.t('to the nearest of {0} levels, a tie to the even code', levels);
}

/** A rounding in words. */
export function roundingText(rounding: Rounding): string {
  switch (rounding.kind) {
    case 'even':
      return l10n.t('to the nearest, half to even');
    case 'away':
      return l10n.t('to the nearest, half away from zero');
    case 'up':
      return l10n.t('to the nearest, half up');
    case 'down':
      return l10n.t('down');
    case 'toward-zero':
      return l10n.t('toward zero');
    case 'stochastic':
      return l10n.t('up or down by chance, seed {0}', rounding.seed);
  }
}

function outliersText(outliers: Outliers): string {
  switch (outliers.kind) {
    case 'sigma':
      return l10n.t('|x| > {0} standard deviations', outliers.k);
    case 'abs':
      return l10n.t('|x| ≥ {0}', outliers.threshold);
    case 'top':
      return l10n.t('the largest {0} % of |x|', outliers.percent);
    case 'columns':
      return l10n.t('columns with |x| ≥ {0}', outliers.threshold);
  }
}

function rangeRule(calibration: Calibration, shared: StepSegment | null): string {
  const name = calibrationText(calibration);
  if (!shared?.range) return name;
  const { lo, hi } = shared.range;
  return l10n.t('{0}: {1} … {2}', name, stepFigure(lo), stepFigure(hi));
}

function calibrationText(calibration: Calibration): string {
  switch (calibration.kind) {
    case 'percentile':
      return l10n.t('percentiles {0} and {1}', calibration.lo, calibration.hi);
    case 'ort-percentile':
    case 'nv-percentile':
      return l10n.t('percentile {0}', calibration.percent);
    case 'entropy-ort':
    case 'entropy-nv':
      return l10n.t('least KL divergence');
    case 'mse':
    case 'nv-mse':
    case 'torch-histogram':
      return l10n.t('least squared error');
    default:
      return l10n.t('given');
  }
}

/** What happened to a value, in a word. */
export function fateText(fate: 'kept' | 'clipped' | 'lost'): string {
  switch (fate) {
    case 'kept':
      return l10n.t('kept apart');
    case 'clipped':
      return l10n.t('clipped');
    case 'lost':
      return l10n.t('lost: now 0');
  }
}

/** Where a value lies, in a word. */
export function placeText(place: number): string {
  if (place === 0) return l10n.t('inside');
  return place < 0 ? l10n.t('below') : l10n.t('above');
}
