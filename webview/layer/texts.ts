import * as l10n from '@vscode/l10n';
import type { CalibrationCurve, Fix, OverlaidHistogram } from '../../src/protocol/layer';
import { weightCount } from '../counts';
import { formatCount, formatDecibel, formatFigure, formatInteger, formatPercent } from '../format';

/** Gaps in the codes beyond these are not named one by one. */
const mostGaps = 6;

/** What the scheme's figures are beside those of Gaussian weights; null where one of them is not known. */
export function theoryText(sqnrDb: number | null, gaussianDb: number | null): string | null {
  if (sqnrDb === null || gaussianDb === null) return null;
  const excess = gaussianDb - sqnrDb;
  const gaussian = formatDecibel(gaussianDb);
  return excess >= 0
    ? l10n.t(
        'Gaussian weights would get {0} dB: excess loss {1} dB',
        gaussian,
        formatDecibel(excess),
      )
    : l10n.t(
        'Gaussian weights would get {0} dB: these lose {1} dB less',
        gaussian,
        formatDecibel(-excess),
      );
}

/** What a fix takes away from the loss. */
export function causeText(cause: Fix['cause']): string {
  switch (cause) {
    case 'outliers':
      return l10n.t('Outliers');
    case 'clipping':
      return l10n.t('Clipping');
    case 'granularity':
      return l10n.t('Granularity');
  }
}

/** SQNR with its unit; there is none where nothing is lost. */
export function sqnrText(sqnrDb: number | null, mse: number | null): string {
  return sqnrDb === null && mse === 0 ? l10n.t('exact') : l10n.t('{0} dB', formatDecibel(sqnrDb));
}

/** Less than this, in decibel, reads as 0. */
const leastGain = 0.05;

/** Whether a change of the scheme brings anything that its figure shows. */
export function isGain(gainDb: number | null): gainDb is number {
  return gainDb !== null && gainDb >= leastGain;
}

/** A gain with its sign; a loss has one by itself. */
export function gainText(gainDb: number | null): string {
  if (gainDb !== null && Math.abs(gainDb) < leastGain) return formatDecibel(0);
  return isGain(gainDb) ? `+${formatDecibel(gainDb)}` : formatDecibel(gainDb);
}

/** The finding of two histograms in a sentence. */
export function describeHistogram({ lo, hi, original, dequantized }: OverlaidHistogram): string {
  const filled = (counts: readonly number[]) => counts.filter(count => count > 0).length;
  return l10n.t(
    'Histograms of the weights and of the dequantized weights over {0} bins from {1} to {2}: the weights fill {3} bins, the dequantized ones {4}',
    formatCount(original.length),
    formatFigure(lo),
    formatFigure(hi),
    formatCount(filled(original)),
    formatCount(filled(dequantized)),
  );
}

/** What a bin holds. */
export function binText({ lo, hi, original, dequantized }: OverlaidHistogram, bin: number): string {
  const edge = (i: number) => formatFigure(lo + ((hi - lo) * i) / original.length);
  return l10n.t(
    '{0} … {1}: {2}, {3} dequantized',
    edge(bin),
    edge(bin + 1),
    weightCount(original[bin] ?? 0),
    formatCount(dequantized[bin] ?? 0),
  );
}

/** The finding of a calibration curve in a sentence. */
export function describeCurve(curve: CalibrationCurve): string {
  const { thresholds, losses, chosen, loss } = curve;
  return l10n.t(
    '{0} by threshold, {1} thresholds from {2} to {3}; {4} is chosen, with {5}',
    loss,
    formatCount(thresholds.length),
    formatFigure(thresholds[0]),
    formatFigure(thresholds.at(-1)),
    formatFigure(thresholds[chosen]),
    formatFigure(losses[chosen]),
  );
}

/** What a point of a calibration curve says. */
export function pointText(
  { thresholds, losses, loss, chosen }: CalibrationCurve,
  i: number,
): string {
  const text = l10n.t(
    'threshold {0}: {1} {2}',
    formatFigure(thresholds[i]),
    loss,
    formatFigure(losses[i]),
  );
  return i === chosen ? l10n.t('{0} (chosen)', text) : text;
}

/** A count with its share of all. */
export function countWithShare(count: number, all: number): string {
  if (count === 0) return '0';
  return `${formatCount(count)} (${formatPercent(all ? count / all : 0)})`;
}

/** The codes that no weight has, neighbours joined; null where all are used. */
export function unusedText(first: number, counts: readonly number[]): string | null {
  const gaps: string[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] !== 0) continue;
    const from = i;
    while (counts[i + 1] === 0) i++;
    const code = (at: number) => formatInteger(first + at);
    gaps.push(i === from ? code(from) : `${code(from)} … ${code(i)}`);
  }
  if (gaps.length === 0) return null;
  const named = gaps.slice(0, mostGaps).join(', ');
  return gaps.length > mostGaps
    ? l10n.t('Unused: {0} and {1} more stretches', named, formatCount(gaps.length - mostGaps))
    : l10n.t('Unused: {0}', named);
}
