// Which words fit a grid and a runtime, so that controls which would be refused can say why before. The host's parser has the last
// word; a test holds both together.

import * as l10n from '@vscode/l10n';
import { gridGroups, type Topic } from './choices';

type Parts = Readonly<Record<Topic, string>>;

const isOneOf = (names: readonly string[], name: string) => names.includes(name);
const isInteger = (grid: string) => isOneOf(gridGroups.integer, grid);
const isFixed = (grid: string) => isOneOf([...gridGroups.format, ...gridGroups.ggml], grid);

/** The bits that a runtime has, of those that not every runtime has. */
const bitsOf: Readonly<Record<string, readonly number[]>> = {
  onnxruntime: [8, 7, 4, 3],
  'torch-eager': [8, 7],
  tflite: [8],
};

/** Why nothing can be chosen for a topic; null where something can. */
export function refuseTopic(topic: Topic, parts: Parts): string | null {
  const { grid, runtime } = parts;
  if (topic === 'runtime' || topic === 'grid' || topic === 'outliers') return null;
  if (isOneOf(gridGroups.cast, grid)) return l10n.t('{0} is a plain cast, without a scale', grid);
  if (isFixed(grid)) return l10n.t('{0} fixes its blocks and scales', grid);
  switch (topic) {
    case 'symmetry':
      return refuseSymmetry(grid, runtime);
    case 'range':
      return refuseRange(parts);
    case 'zero':
      return refuseZero(parts);
    default:
      return null;
  }
}

function refuseSymmetry(grid: string, runtime: string): string | null {
  if (!isInteger(grid)) return l10n.t('{0} has no zero point', nameOf(grid));
  if (runtime === 'hqq') return l10n.t('HQQ fits a zero point, so it is never symmetric');
  if (runtime === 'bitsandbytes') return l10n.t('LLM.int8() is symmetric');
  return null;
}

function refuseRange({ grid, runtime, symmetry }: Parts): string | null {
  if (!isInteger(grid)) return l10n.t('Only integers leave out a code');
  if (symmetry === 'asym') return l10n.t('An asymmetric grid has every code');
  const isTorch = runtime === 'torch-eager' || runtime === 'torch-fake-quant';
  return runtime && !isTorch ? l10n.t('{0} has codes of its own', runtime) : null;
}

function refuseZero({ grid, runtime, symmetry }: Parts): string | null {
  if (!isInteger(grid)) return l10n.t('{0} has no zero point', nameOf(grid));
  if (symmetry === 'sym') return l10n.t('A symmetric range always holds 0');
  return runtime ? l10n.t('{0} has a rule of its own for the range', runtime) : null;
}

/** Why one kind of word cannot be chosen, though others of its topic can; null where it can. */
export function refuseKind(topic: Topic, kind: string, parts: Parts): string | null {
  switch (topic) {
    case 'runtime':
      return refuseRuntime(kind, parts.grid);
    case 'symmetry':
      return kind === 'sym' ? refuseSymmetric(parts) : null;
    case 'calib':
      return refuseCalibration(kind, parts);
    case 'range':
      return kind === 'narrow' ? refuseNarrow(parts) : null;
    default:
      return null;
  }
}

function refuseRuntime(runtime: string, grid: string): string | null {
  if (runtime === '') return null;
  if (!isInteger(grid)) {
    const isBlockwise = runtime === 'bitsandbytes' && (grid === 'nf4' || grid === 'fp4-bnb');
    return isBlockwise ? null : l10n.t('{0} has no grid {1}', runtime, nameOf(grid));
  }
  const bits = Number(grid.replace(/\D+/, ''));
  const has =
    runtime === 'bitsandbytes' ? grid === 'int8' : (bitsOf[runtime]?.includes(bits) ?? true);
  return has ? null : l10n.t('{0} has no grid {1}', runtime, grid);
}

function refuseSymmetric({ runtime, grid }: Parts): string | null {
  const isUnsigned = grid.startsWith('uint');
  if (runtime === 'tflite' && isUnsigned)
    return l10n.t('TensorFlow Lite has no symmetric unsigned grid');
  if (runtime === 'torch-fake-quant' && grid === 'uint7')
    return l10n.t('The zero point of a symmetric uint7 would be beyond its codes');
  return null;
}

function refuseCalibration(kind: string, { runtime, grid }: Parts): string | null {
  if (runtime === 'hqq')
    return kind === 'hqq' || kind === 'minmax' ? null : l10n.t('HQQ fits the zero point itself');
  if (kind === 'absmean' && grid !== 'ternary' && grid !== 'binary')
    return l10n.t('Only for the grids ternary and binary');
  if ((kind === 'hqq' || kind === 'nv-mse') && !isInteger(grid))
    return l10n.t('Only for integer grids');
  return kind === 'hqq' && runtime ? l10n.t('{0} has a rule of its own', runtime) : null;
}

function refuseNarrow({ runtime, grid }: Parts): string | null {
  if (runtime !== 'torch-eager' && runtime !== 'torch-fake-quant') return null;
  if (grid.startsWith('uint')) return l10n.t('The observers of torch need codes that hold 0');
  return runtime === 'torch-eager' && grid === 'int7'
    ? l10n.t('The reduced range of torch has every code')
    : null;
}

function nameOf(grid: string): string {
  return grid.startsWith('levels') ? 'levels' : grid;
}
