import type { ParamRule, QuantParams } from '../arithmetic';
import { type CodeRange, codeRange, type IntegerGrid } from '../grids/integer';
import { roundHalfEven } from '../rounding';
import { absMaxOf, type Limits, type Runtime, refusal, withZero } from './runtime';

/** The smallest scale: float32's epsilon. */
const epsilon = 2 ** -23;

/** What both have in common: the observers that make the parameters. */
const observed: Pick<Runtime, 'paramRule' | 'division' | 'rounding' | 'defaultRange'> = {
  paramRule,
  division: () => 'reciprocal',
  rounding: 'even',
  defaultRange: () => 'full',
};

/**
 * PyTorch's eager mode: `quantize_per_tensor` and `quantize_per_channel` with the parameters of a MinMaxObserver. `int7`
 * and `uint7` are `reduce_range`: it changes the scale, but quantizing saturates at the ends of qint8 and quint8 as ever.
 * @source pytorch/pytorch torch/ao/quantization/observer.py, _calculate_qparams;
 * aten/src/ATen/native/quantized/AffineQuantizerBase.cpp, quantize_val. That the zero point is added before rounding is
 * what torch 2.13 gives (the golden values); the function named here adds it after.
 */
export const torchEager: Runtime = {
  ...observed,
  name: 'torch-eager',
  zeroPoint: 'before',
  codeRange: ({ signed }) => (signed ? { qmin: -128, qmax: 127 } : { qmin: 0, qmax: 255 }),
  supports: grid =>
    observerRefusal(grid, { title: 'torch-eager', bits: [8, 7] }) ??
    (grid.bits === 7 && grid.symmetric && grid.range === 'narrow'
      ? 'torch\'s reduced range has no "range=narrow": leave it out'
      : null),
};

/**
 * PyTorch's `fake_quantize_per_tensor_affine` and `_per_channel_affine`, as quantization-aware training uses them, with
 * the parameters of a MinMaxObserver: `quant_min` and `quant_max` of the grid, saturating there.
 * @source pytorch/pytorch torch/ao/quantization/observer.py, _calculate_qparams;
 * aten/src/ATen/native/quantized/cpu/kernels/QuantizedOpKernels.cpp, fake_quantize_tensor_cachemask_kernel
 */
export const torchFakeQuant: Runtime = {
  ...observed,
  name: 'torch-fake-quant',
  zeroPoint: 'after',
  codeRange,
  supports: grid =>
    observerRefusal(grid, { title: 'torch-fake-quant', bits: null }) ??
    (grid.bits === 7 && grid.symmetric && !grid.signed
      ? 'torch puts the zero point of a symmetric uint7 at 128, beyond its codes: use int7'
      : null),
};

function observerRefusal(grid: IntegerGrid, limits: Omit<Limits, 'range'>): string | null {
  if (grid.symmetric && !grid.signed && grid.range === 'narrow')
    return 'torch\'s observers need codes that hold 0: use "range=full"';
  return refusal(grid, { ...limits, range: null });
}

/** A symmetric scale is made for half the number of steps: max|x| / 127.5 over [-128, 127]. */
function paramRule(grid: IntegerGrid): ParamRule {
  const codes = codeRange(grid);
  const steps = codes.qmax - codes.qmin;
  if (grid.symmetric) {
    const zeroPoint = grid.signed ? 0 : middle(grid.bits, codes);
    return range => ({ scale: atLeastEpsilon(absMaxOf(range) / (steps / 2)), zeroPoint });
  }
  return (range): QuantParams => {
    const { lo, hi } = withZero(range);
    const scale = atLeastEpsilon(Math.fround(hi - lo) / steps);
    const zero = codes.qmin - roundHalfEven(Math.fround(lo / scale));
    return { scale, zeroPoint: Math.min(Math.max(zero, codes.qmin), codes.qmax) };
  };
}

/** quint8 has 128, its reduced range too; codes of one's own have their middle, rounded down. */
function middle(bits: number, { qmin, qmax }: CodeRange): number {
  return bits >= 7 ? 128 : Math.floor((qmin + qmax) / 2);
}

function atLeastEpsilon(scale: number): number {
  return Math.max(Math.fround(scale), epsilon);
}
