import { storedFormat } from './run/formatMethod';
import type {
  Calibration,
  FormatName,
  Granularity,
  Grid,
  NamedGrid,
  Outliers,
  RuntimeName,
  Scheme,
} from './scheme';
import { defaultsOf } from './schemeRules';

/** A scheme in words for people: what is stored, which weights share a scale, and what else is not the default. */
export function schemeMeaning(scheme: Scheme): string {
  const { runtime, grid, symmetric, granularity, calibration, outliers } = scheme;
  const defaults = defaultsOf(runtime, grid);
  const differs = (key: keyof typeof defaults) =>
    JSON.stringify(scheme[key]) !== JSON.stringify(defaults[key]);
  const isScaled = grid.kind !== 'cast' && grid.kind !== 'format';
  const isInteger = grid.kind === 'integer';
  const hasZeroPoint = isInteger && !symmetric;
  const parts = [
    gridMeaning(grid),
    isInteger && (symmetric ? 'symmetric' : 'asymmetric'),
    isScaled && granularityMeaning(granularity, hasZeroPoint),
    // HQQ is named at the end.
    isScaled &&
      (calibration.kind === 'minmax' ? differs('calibration') : runtime !== 'hqq') &&
      calibrationMeaning(calibration),
    differs('rounding') && `rounding ${roundingMeanings[scheme.rounding.kind]}`,
    isInteger && symmetric && scheme.range === 'full' && `with the code ${-(2 ** (grid.bits - 1))}`,
    hasZeroPoint && scheme.zero === 'free' && 'range need not hold 0',
    isScaled && scheme.scale !== 'f32' && scaleMeanings[scheme.scale],
    outliers && outliersMeaning(outliers),
    runtime && `as ${runtimeMeanings[runtime]} does it`,
  ];
  return parts.filter(part => typeof part === 'string').join(', ');
}

function gridMeaning(grid: Grid): string {
  switch (grid.kind) {
    case 'integer':
      return `${grid.signed ? '' : 'unsigned '}${grid.bits}-bit integers`;
    case 'levels':
      return `${grid.levels.length} levels of your own`;
    case 'cast':
      return `cast to ${grid.name === 'fp16' ? 'FP16 (float16)' : 'BF16 (bfloat16)'}, no scale`;
    case 'named':
      return namedMeanings[grid.name];
    case 'format':
      return formatMeaning(grid.name);
  }
}

const namedMeanings: Readonly<Record<NamedGrid, string>> = {
  nf4: 'NF4: 16 levels for normally distributed weights',
  fp4: 'FP4 (E2M1)',
  'fp4-bnb': 'FP4 with the levels of bitsandbytes',
  'fp6-e2m3': 'FP6 (E2M3)',
  'fp6-e3m2': 'FP6 (E3M2)',
  'fp8-e4m3': 'FP8 (E4M3)',
  'fp8-e5m2': 'FP8 (E5M2)',
  ternary: 'three levels: -1, 0 and 1',
  binary: 'two levels: -1 and 1',
};

/** What the elements of a format are, and what is stored beside its blocks of them. */
const elements: Partial<Readonly<Record<FormatName, readonly [what: string, scale: string]>>> = {
  mxfp4: ['FP4 (E2M1)', 'a power of two as scale'],
  mxfp6: ['FP6 (E2M3)', 'a power of two as scale'],
  'mxfp6-e3m2': ['FP6 (E3M2)', 'a power of two as scale'],
  mxfp8: ['FP8 (E4M3)', 'a power of two as scale'],
  'mxfp8-e5m2': ['FP8 (E5M2)', 'a power of two as scale'],
  nvfp4: ['FP4 (E2M1)', 'an FP8 (E4M3) scale each, and one scale for the tensor'],
  'nf4-double': ['NF4', 'scales that are quantized to 8 bits themselves'],
};

function formatMeaning(name: FormatName): string {
  const stored = storedFormat(name);
  const label = name.toUpperCase();
  const { blockSize } = stored.format;
  if (stored.kind === 'ggml')
    return `ggml ${label}: blocks of ${blockSize} weights in ${stored.format.bytesPerBlock} bytes`;
  const [what, scale] = elements[name] ?? [label, 'a scale'];
  const blocks = `${what} in blocks of ${blockSize} with ${scale}`;
  return name === 'nf4-double' ? blocks : `${label}: ${blocks}`;
}

function granularityMeaning(granularity: Granularity, hasZeroPoint: boolean): string {
  const one = hasZeroPoint ? 'one scale and zero point' : 'one scale';
  switch (granularity.kind) {
    case 'tensor':
      return `${one} for the whole tensor`;
    case 'channel':
      return `${one} per ${granularity.axis === 0 ? 'output' : 'input'} channel`;
    case 'group':
      return `${one} per group of ${granularity.size} weights`;
    case 'block':
      return `${one} per block of ${granularity.rows} × ${granularity.cols}`;
  }
}

function calibrationMeaning(calibration: Calibration): string {
  switch (calibration.kind) {
    case 'minmax':
      return 'range min to max';
    case 'absmean':
      return 'scale is the mean magnitude';
    case 'percentile':
      return `range from percentile ${calibration.lo} to ${calibration.hi}`;
    case 'entropy-ort':
      return 'range by least KL divergence (ONNX Runtime)';
    case 'entropy-nv':
      return 'range by least KL divergence (NVIDIA)';
    case 'mse':
      return 'range by search for the least error';
    case 'hqq':
      return 'zero point fitted by HQQ';
    case 'range':
      return `range from ${calibration.lo} to ${calibration.hi}`;
    case 'scale':
      return `scale ${calibration.scale}`;
    case 'torch-histogram':
      return 'range by the histogram observer (PyTorch)';
    case 'ort-percentile':
      return `range to percentile ${calibration.percent} (ONNX Runtime)`;
    case 'nv-percentile':
      return `range to percentile ${calibration.percent} (NVIDIA)`;
    case 'nv-mse':
      return 'range by least squared error (NVIDIA)';
  }
}

const roundingMeanings: Readonly<Record<Scheme['rounding']['kind'], string>> = {
  even: 'half to even',
  away: 'half away from zero',
  up: 'half up',
  down: 'down',
  'toward-zero': 'toward zero',
  stochastic: 'at random (stochastic)',
};

const scaleMeanings: Readonly<Record<Scheme['scale'], string>> = {
  f32: 'scales in FP32',
  f16: 'scales in FP16',
  bf16: 'scales in BF16',
  e8m0: 'scales are powers of two',
};

const runtimeMeanings: Readonly<Record<RuntimeName, string>> = {
  onnxruntime: 'ONNX Runtime',
  'torch-eager': 'PyTorch (eager mode)',
  'torch-fake-quant': 'PyTorch (fake quantization)',
  tflite: 'TensorFlow Lite',
  gptq: 'GPTQ',
  awq: 'AWQ',
  hqq: 'HQQ',
  bitsandbytes: 'bitsandbytes',
};

function outliersMeaning(outliers: Outliers): string {
  switch (outliers.kind) {
    case 'sigma':
      return `values beyond ${outliers.k} standard deviations kept apart`;
    case 'abs':
      return `magnitudes from ${outliers.threshold} kept apart`;
    case 'top':
      return `the largest ${outliers.percent} % kept apart`;
    case 'columns':
      return `input channels with a magnitude from ${outliers.threshold} kept apart`;
  }
}
