import type { Matrix } from '../base/tile';
import { plainBits } from './bitsPerWeight';
import { misfit } from './misfit';
import type { Scheme } from './scheme';
import { parseScheme } from './schemeText';

/** A tensor of a model, as far as its size goes. */
export interface SizedTensor {
  readonly matrix: Matrix;
  /** Bytes that it has now. */
  readonly byteLength: number;
  /**
   * `weight`: numbers of two or more dimensions, that schemes are for. `vector`: numbers of one dimension or none (norms,
   * biases), which stay in 16 bits beside quantized weights. `other`: what stays as it is (integers, masks).
   */
  readonly kind: 'weight' | 'vector' | 'other';
}

/** Forms that a model may be kept in; `present`: as it is. */
export type SizeForm = 'present' | 'fp32' | 'fp16' | 'bf16' | 'fp8' | 'int8' | 'int4';

/** What weights become in the forms that have scales, and what they count for. */
const quantized = {
  fp8: 'fp8-e4m3 tensor',
  int8: 'int8',
  int4: 'int4 group=128',
} as const satisfies Partial<Record<SizeForm, string>>;

/**
 * Bytes of a model in each form: a scale for each tensor with FP8, for each row with int8, for each 128 weights with int4,
 * float32 each. Names and headers are not counted.
 */
export function modelSizes(tensors: readonly SizedTensor[]): Record<SizeForm, number> {
  const all = (bytesOf: (tensor: SizedTensor) => number) =>
    tensors.reduce((sum, t) => sum + (t.kind === 'other' ? t.byteLength : bytesOf(t)), 0);
  const plain = (bytes: number) => all(t => bytes * elementsOf(t));
  const scaled = (text: string) => {
    const scheme = parseScheme(text);
    return all(t => (t.kind === 'weight' ? bytesUnder(scheme, t) : 2 * elementsOf(t)));
  };
  return {
    present: tensors.reduce((sum, t) => sum + t.byteLength, 0),
    fp32: plain(4),
    fp16: plain(2),
    bf16: plain(2),
    fp8: scaled(quantized.fp8),
    int8: scaled(quantized.int8),
    int4: scaled(quantized.int4),
  };
}

/**
 * Bytes of a model with all its weights under a scheme: those that it cannot be laid over, and vectors, stay in 16 bits.
 * What is kept apart of weights is not counted: it hangs on their values.
 */
export function modelSizeUnder(scheme: Scheme, tensors: readonly SizedTensor[]): number {
  return tensors.reduce((sum, t) => {
    if (t.kind === 'other') return sum + t.byteLength;
    const fits = t.kind === 'weight' && misfit(scheme, t.matrix) === null;
    return sum + (fits ? bytesUnder(scheme, t) : 2 * elementsOf(t));
  }, 0);
}

function bytesUnder(scheme: Scheme, tensor: SizedTensor): number {
  // Codes of less than a byte fill whole bytes.
  return elementsOf(tensor) === 0 ? 0 : Math.ceil(plainBits(scheme, tensor.matrix) / 8);
}

function elementsOf({ matrix }: SizedTensor): number {
  return matrix.rows * matrix.cols;
}

/** Bytes that training holds, without activations. */
export interface TrainingBytes {
  /** The 16-bit weights that layers compute with. */
  readonly weights: number;
  readonly gradients: number;
  /** The float32 weights that steps are added to. */
  readonly master: number;
  /** Adam's running means of gradients, float32. */
  readonly momentum: number;
  /** Adam's running means of squared gradients, float32. */
  readonly variance: number;
  readonly total: number;
}

/**
 * What training with Adam in mixed precision holds for so many parameters: 16 bytes each.
 * @source Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models" (arXiv 1910.02054),
 * section 3.1: 2 + 2 + 12 bytes
 */
export function trainingBytes(parameters: number): TrainingBytes {
  const half = 2 * parameters;
  const whole = 4 * parameters;
  return {
    weights: half,
    gradients: half,
    master: whole,
    momentum: whole,
    variance: whole,
    total: 2 * half + 3 * whole,
  };
}
