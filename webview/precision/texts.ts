import * as l10n from '@vscode/l10n';
import type { CastFigure, CastTotal, CastTotals } from '../../src/protocol/precision';
import type { FormId } from '../../src/quant/modelSizes';
import type { CastFormat } from '../../src/stats/profile';
import { layerCount } from '../counts';
import { formatCount, formatPercent } from '../format';

const formatNames: Readonly<Record<CastFormat, string>> = {
  fp16: 'FP16',
  bf16: 'BF16',
  'fp8-e4m3': 'FP8 E4M3',
  'fp8-e5m2': 'FP8 E5M2',
};

/** How a format is called; the same in every language. */
export function castFormatName(format: CastFormat): string {
  return formatNames[format];
}

/** A form of the weights: its name, and what else is to be said of it. */
export function formText(id: Exclude<FormId, 'present'>): readonly [name: string, note: string] {
  switch (id) {
    case 'fp32':
      return ['FP32', ''];
    case 'fp16':
      return ['FP16', ''];
    case 'bf16':
      return ['BF16', ''];
    case 'fp8-e4m3':
      return ['FP8 E4M3', l10n.t('a scale per tensor')];
    case 'int8':
      return ['int8', l10n.t('a scale per channel')];
    case 'int4':
      return ['int4', l10n.t('a scale per group of 128')];
  }
}

/** What a figure of a cast is called. */
export function castFigureTitle(figure: CastFigure): string {
  switch (figure) {
    case 'changed':
      return l10n.t('Changed');
    case 'overflow':
      return l10n.t('Overflow');
    case 'underflow':
      return l10n.t('Become 0');
    case 'subnormal':
      return l10n.t('Subnormal');
  }
}

/** What it counts, in full. */
export function castFigureHelp(figure: CastFigure): string {
  switch (figure) {
    case 'changed':
      return l10n.t('Values that become another one');
    case 'overflow':
      return l10n.t('Values beyond the largest finite one of the format');
    case 'underflow':
      return l10n.t('Underflow: values other than 0 that become 0');
    case 'subnormal':
      return l10n.t('Values that become a subnormal one, which has fewer significant bits');
  }
}

/** `1 value`, `12 values`. */
export function valueCount(n: number): string {
  return n === 1 ? l10n.t('1 value') : l10n.t('{0} values', formatCount(n));
}

/** What a cast of the whole model does, in words; empty while nothing is known. */
export function castWords(totals: CastTotals, total: CastTotal): string {
  const { known, layers, values, sampled } = totals;
  if (known === 0) return '';
  if (values === 0) return l10n.t('There are no finite values to cast.');
  const sentences = [headline(totals, total), ...lossWords(total)];
  if (total.changed.values === 0) sentences[0] += ` ${l10n.t('Nothing is lost.')}`;
  if (known < layers)
    sentences.push(l10n.t('So far {0} of {1}.', formatCount(known), layerCount(layers)));
  if (sampled) sentences.push(l10n.t('Counted in a sample of the values.'));
  return sentences.join(' ');
}

function headline({ dtype, values }: CastTotals, { format, changed }: CastTotal): string {
  const cast = dtype === null ? castFormatName(format) : `${dtype} → ${castFormatName(format)}`;
  if (changed.values === 0) return l10n.t('{0}: all {1} stay the same.', cast, valueCount(values));
  return l10n.t(
    '{0}: {1} of {2} change ({3}).',
    cast,
    formatCount(changed.values),
    valueCount(values),
    formatPercent(changed.values / values),
  );
}

function lossWords({ overflow, underflow, subnormal, changed }: CastTotal): string[] {
  const words: string[] = [];
  if (overflow.values > 0)
    words.push(
      l10n.t('Overflow: {0}, in {1}.', valueCount(overflow.values), layerCount(overflow.layers)),
    );
  else if (changed.values > 0) words.push(l10n.t('No overflow.'));
  if (underflow.values > 0)
    words.push(
      l10n.t('Become 0: {0}, in {1}.', valueCount(underflow.values), layerCount(underflow.layers)),
    );
  if (subnormal.values > 0)
    words.push(
      l10n.t(
        'Become subnormal: {0}, in {1}.',
        valueCount(subnormal.values),
        layerCount(subnormal.layers),
      ),
    );
  return words;
}
