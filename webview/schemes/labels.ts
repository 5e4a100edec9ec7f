import * as l10n from '@vscode/l10n';
import type { FieldName, gridGroups, Topic } from './choices';

/** What a control is called. */
export function topicLabel(topic: Topic): string {
  const labels: Readonly<Record<Topic, string>> = {
    runtime: l10n.t('Runtime'),
    grid: l10n.t('Grid'),
    symmetry: l10n.t('Symmetry'),
    granularity: l10n.t('Granularity'),
    calib: l10n.t('Calibration'),
    round: l10n.t('Rounding'),
    range: l10n.t('Codes'),
    zero: l10n.t('Range'),
    scale: l10n.t('Scale type'),
    outliers: l10n.t('Outliers'),
  };
  return labels[topic];
}

/** What a control is about, for its tooltip. */
export function topicTitle(topic: Topic): string {
  const titles: Readonly<Record<Topic, string>> = {
    runtime: l10n.t('The software whose arithmetic is followed'),
    grid: l10n.t('The values that codes stand for'),
    symmetry: l10n.t('Whether there is a zero point'),
    granularity: l10n.t('Which weights share a scale'),
    calib: l10n.t('How the range, and so the scale, is chosen'),
    round: l10n.t('Where values between two codes go'),
    range: l10n.t('Whether a symmetric grid has its lowest code'),
    zero: l10n.t('Whether an asymmetric range is widened to hold 0'),
    scale: l10n.t('What scales are stored as'),
    outliers: l10n.t('Weights that are kept apart in float16'),
  };
  return titles[topic];
}

/** What a group of grids is called. */
export function gridGroupLabel(group: keyof typeof gridGroups): string {
  const labels: Readonly<Record<keyof typeof gridGroups, string>> = {
    integer: l10n.t('Integers'),
    table: l10n.t('Tables of levels'),
    float: l10n.t('Small floats'),
    cast: l10n.t('Plain casts'),
    format: l10n.t('Formats with blocks of their own'),
    ggml: l10n.t('Types of ggml'),
  };
  return labels[group];
}

/** A kind of word for people; names of grids and software stand for themselves. */
export function kindLabel(topic: Topic, kind: string): string {
  if (kind === '') return topic === 'outliers' ? l10n.t('not kept apart') : l10n.t('none (ONNX)');
  return labelsOf(topic)[kind] ?? kind;
}

function labelsOf(topic: Topic): Readonly<Record<string, string>> {
  switch (topic) {
    case 'grid':
      return { levels: l10n.t('levels of your own') };
    case 'symmetry':
      return { sym: l10n.t('symmetric'), asym: l10n.t('asymmetric') };
    case 'granularity':
      return granularityLabels();
    case 'calib':
      return calibrationLabels();
    case 'round':
      return roundingLabels();
    case 'range':
      return { narrow: l10n.t('all but the lowest'), full: l10n.t('all') };
    case 'zero':
      return { in: l10n.t('holds 0'), free: l10n.t('free of 0') };
    case 'scale':
      return {
        f32: 'float32',
        f16: 'float16',
        bf16: 'bfloat16',
        e8m0: l10n.t('power of two (E8M0)'),
      };
    case 'outliers':
      return outlierLabels();
    default:
      return {};
  }
}

function granularityLabels(): Readonly<Record<string, string>> {
  return {
    tensor: l10n.t('tensor'),
    channel: l10n.t('output channel (row)'),
    'channel=1': l10n.t('input channel (column)'),
    group: l10n.t('group in a row'),
    block: l10n.t('block'),
  };
}

function calibrationLabels(): Readonly<Record<string, string>> {
  return {
    minmax: l10n.t('smallest to largest'),
    absmean: l10n.t('mean of |x|'),
    percentile: l10n.t('percentiles'),
    mse: l10n.t('least error (mse)'),
    'entropy:ort': l10n.t('entropy, onnxruntime'),
    'entropy:nv': l10n.t('entropy, NVIDIA'),
    hqq: l10n.t('fitted zero point (HQQ)'),
    range: l10n.t('range as given'),
    scale: l10n.t('scale as given'),
    'torch-histogram': l10n.t('histogram, PyTorch'),
    'ort-percentile': l10n.t('percentile, onnxruntime'),
    'nv-percentile': l10n.t('percentile, NVIDIA'),
    'nv-mse': l10n.t('least error, NVIDIA'),
  };
}

function roundingLabels(): Readonly<Record<string, string>> {
  return {
    even: l10n.t('nearest, ties to even'),
    away: l10n.t('nearest, ties away from 0'),
    up: l10n.t('nearest, ties up'),
    down: l10n.t('down'),
    'toward-zero': l10n.t('towards 0'),
    stochastic: l10n.t('stochastic'),
  };
}

function outlierLabels(): Readonly<Record<string, string>> {
  return {
    sigma: l10n.t('beyond k sigma'),
    abs: l10n.t('from a magnitude on'),
    '%': l10n.t('the largest, in per cent'),
    columns: l10n.t('whole columns'),
  };
}

/** What a number in a word is. */
export function fieldLabel(name: FieldName): string {
  const labels: Readonly<Record<FieldName, string>> = {
    levels: l10n.t('levels'),
    size: l10n.t('weights'),
    rows: l10n.t('rows'),
    columns: l10n.t('columns'),
    from: l10n.t('from'),
    to: l10n.t('to'),
    percent: l10n.t('per cent'),
    bins: l10n.t('bins'),
    merged: l10n.t('levels'),
    steps: l10n.t('steps'),
    shrink: l10n.t('shrink'),
    norm: l10n.t('norm'),
    scale: l10n.t('scale'),
    seed: l10n.t('seed'),
    sigmas: l10n.t('k'),
    threshold: l10n.t('|x|'),
  };
  return labels[name];
}
