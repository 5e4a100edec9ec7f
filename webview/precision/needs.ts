import * as l10n from '@vscode/l10n';
import type { CastTotals, ModelSizes } from '../../src/protocol/precision';
import type { TrainingNeed } from '../../src/quant/modelSizes';
import { parameterCount } from '../counts';
import { h } from '../dom';
import { formatBytes, formatCount, formatFigure, formatPlain } from '../format';
import { valueCount } from './texts';

/** Largest finite value of FP16. */
const largestFp16 = 65504;

/** What inference and training need, in words with the model's numbers. */
export function createNeedsSection() {
  const body = h('div', {});
  const element = h(
    'section',
    { class: 'precision-section precision-needs', 'aria-labelledby': 'precision-needs' },
    h('h2', { id: 'precision-needs' }, l10n.t('What it takes')),
    body,
  );
  let shown = '';

  return {
    element,
    update(sizes: ModelSizes | null, totals: CastTotals | null): void {
      const key = JSON.stringify([sizes, totals]);
      if (key === shown) return;
      shown = key;
      body.replaceChildren(...(sizes ? parts(sizes, totals) : []));
    },
  };
}

function parts(sizes: ModelSizes, totals: CastTotals | null): HTMLElement[] {
  const own = totals ? ownNumbers(totals) : '';
  if (sizes.parameters === 0)
    return [h('p', {}, l10n.t('There are no floating-point weights to train.'))];
  return [
    h('h3', {}, l10n.t('Inference')),
    h('p', {}, inferenceWords(sizes)),
    h('h3', {}, l10n.t('Training with Adam')),
    trainingTable(sizes),
    h(
      'p',
      {},
      l10n.t(
        'Activations come on top. FP16 needs loss scaling: its smallest value is 5.96e-8, and a gradient of 1e-8 becomes 0. BF16 has the exponents of FP32 and needs none; but with 8 significant bits it loses updates below about 1/256 of a weight, hence the master copy.',
      ),
    ),
    ...(own ? [h('p', { class: 'precision-own' }, own)] : []),
  ];
}

function inferenceWords({ forms }: ModelSizes): string {
  const size = (id: string) => formatBytes(forms.find(form => form.id === id)?.byteLength ?? 0);
  return l10n.t(
    'The weights take {0} as they are, {1} in FP16 or BF16, {2} in int8, {3} in int4. The KV cache, which grows with context and batch, and activations come on top.',
    size('present'),
    size('bf16'),
    size('int8'),
    size('int4'),
  );
}

function trainingTable({ training, parameters }: ModelSizes): HTMLElement {
  const names = {
    mixed: l10n.t('Mixed FP16 or BF16'),
    fp32: 'FP32',
  } satisfies Record<TrainingNeed['id'], string>;
  const lines: [string, (need: TrainingNeed) => string][] = [
    [l10n.t('Weights'), need => String(need.weights)],
    [l10n.t('Gradients'), need => String(need.gradients)],
    [l10n.t('Master copy in FP32'), need => (need.master ? String(need.master) : '–')],
    [l10n.t('Adam’s two moments'), need => String(need.moments)],
    [l10n.t('Bytes per parameter'), need => String(need.perParameter)],
    [parameterCount(parameters), need => formatBytes(need.byteLength)],
  ];
  const head = training.map(({ id }) => h('th', { scope: 'col' }, names[id]));
  const rows = lines.map(([title, text], i) =>
    h(
      'tr',
      { class: i >= lines.length - 2 ? 'total' : undefined },
      h('th', { scope: 'row' }, title),
      ...training.map(need => h('td', {}, text(need))),
    ),
  );
  return h(
    'table',
    { class: 'figures' },
    h('caption', {}, l10n.t('Bytes that training with Adam keeps')),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, l10n.t('Bytes')), ...head)),
    h('tbody', {}, ...rows),
  );
}

/** What the model's own numbers say about FP16; empty while none are known. */
function ownNumbers({ absMax, formats, known, layers }: CastTotals): string {
  const fp16 = formats.find(({ format }) => format === 'fp16');
  if (absMax === null || !fp16) return '';
  const range =
    absMax > largestFp16
      ? l10n.t(
          'Here the largest magnitude is {0}, beyond FP16’s largest, {1}.',
          formatFigure(absMax),
          formatCount(largestFp16),
        )
      : l10n.t(
          'Here the largest magnitude is {0}, FP16’s largest is {1}: {2} times as much.',
          formatFigure(absMax),
          formatCount(largestFp16),
          absMax > 0 ? formatPlainCount(largestFp16 / absMax) : '∞',
        );
  const small =
    fp16.underflow.values > 0
      ? l10n.t('Become 0 in FP16: {0}.', valueCount(fp16.underflow.values))
      : l10n.t('None of them becomes 0 in FP16.');
  const part = known < layers ? ` ${l10n.t('(So far.)')}` : '';
  return `${range} ${small}${part}`;
}

const formatPlainCount = (x: number) => (x < 10_000 ? formatPlain(x) : formatCount(x));
