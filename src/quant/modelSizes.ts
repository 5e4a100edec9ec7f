import { plainBits } from './bitsPerWeight';
import { misfit } from './misfit';
import type { Scheme } from './scheme';
import { parseScheme } from './schemeText';

/** What a scheme is laid over, for its size: the matrices it applies to, and all other bytes. */
export interface SchemeTarget {
  readonly matrices: readonly {
    readonly rows: number;
    readonly cols: number;
    /** How many tensors are of this shape. */
    readonly count: number;
    /** Of all of them, as they are stored: what they stay where the scheme does not apply. */
    readonly byteLength: number;
  }[];
  readonly otherBytes: number;
}

/** A model as its sizes need it. */
export interface SizedModel extends SchemeTarget {
  /** Weights of all floating-point tensors, vectors too: what training changes. */
  readonly parameters: number;
}

/** Matrices under a scheme, and all else as it is stored. */
export interface SchemeSize {
  /** Of the weights that the scheme applies to; null where there are none. */
  readonly bitsPerWeight: number | null;
  /** Of the whole model. */
  readonly byteLength: number;
}

/** The forms that models usually come in; `present`: the one it is stored in. */
export type FormId = 'present' | 'fp32' | 'fp16' | 'bf16' | 'fp8-e4m3' | 'int8' | 'int4';

/** A model's size in one form. */
export interface FormSize extends SchemeSize {
  readonly id: FormId;
  /** Text of the scheme that makes it; null where nothing is quantized. */
  readonly scheme: string | null;
}

/** Bits of whole bytes are stored, tensor by tensor. */
export function schemeSize(scheme: Scheme, target: SchemeTarget): SchemeSize {
  return sizeWhere(target, matrix =>
    misfit(scheme, matrix) === null ? plainBits(scheme, matrix) : null,
  );
}

/** @param bitsOf bits of one matrix; null where it stays as it is stored */
function sizeWhere(
  { matrices, otherBytes }: SchemeTarget,
  bitsOf: (matrix: SchemeTarget['matrices'][number]) => number | null,
): SchemeSize {
  let bits = 0;
  let elements = 0;
  let byteLength = otherBytes;
  for (const matrix of matrices) {
    const { rows, cols, count } = matrix;
    const each = bitsOf(matrix);
    if (each === null) {
      byteLength += matrix.byteLength;
      continue;
    }
    bits += count * each;
    elements += count * rows * cols;
    byteLength += count * Math.ceil(each / 8);
  }
  return { bitsPerWeight: elements === 0 ? null : bits / elements, byteLength };
}

const schemes = {
  fp16: 'fp16',
  bf16: 'bf16',
  'fp8-e4m3': 'fp8-e4m3 tensor',
  int8: 'int8',
  int4: 'int4 group=128',
} as const satisfies Partial<Record<FormId, string>>;

/** Sizes in the usual forms, the present one first, then from the largest weights to the smallest. */
export function modelSizes(target: SchemeTarget): FormSize[] {
  const stored = ({ count, byteLength }: SchemeTarget['matrices'][number]) =>
    (8 * byteLength) / count;
  return [
    { id: 'present', scheme: null, ...sizeWhere(target, stored), byteLength: storedBytes(target) },
    { id: 'fp32', scheme: null, ...sizeWhere(target, ({ rows, cols }) => 32 * rows * cols) },
    ...(Object.keys(schemes) as (keyof typeof schemes)[]).map(id => ({
      id,
      scheme: schemes[id],
      ...schemeSize(parseScheme(schemes[id]), target),
    })),
  ];
}

/** As counted when the header was read: no rounding of averages. */
function storedBytes({ matrices, otherBytes }: SchemeTarget): number {
  return matrices.reduce((sum, { byteLength }) => sum + byteLength, otherBytes);
}

/** Bytes that training with Adam keeps of each parameter. */
export interface TrainingNeed {
  readonly id: 'mixed' | 'fp32';
  readonly weights: number;
  readonly gradients: number;
  /** Weights in float32 beside those of 16 bits. */
  readonly master: number;
  /** Adam's two moments. */
  readonly moments: number;
  /** All of them. */
  readonly perParameter: number;
  /** Of the whole model; activations come on top. */
  readonly byteLength: number;
}

/**
 * What training takes, in mixed precision (FP16 or BF16) and in FP32.
 * @source Rajbhandari et al., ZeRO (arXiv 1910.02054), section 3.1: 2 + 2 + 12 bytes a parameter; Micikevicius et al., Mixed
 *   Precision Training (arXiv 1710.03740), section 3.1: the master copy
 */
export function trainingNeeds({ parameters }: Pick<SizedModel, 'parameters'>): TrainingNeed[] {
  const kept = [
    { id: 'mixed', weights: 2, gradients: 2, master: 4, moments: 4 + 4 },
    { id: 'fp32', weights: 4, gradients: 4, master: 0, moments: 4 + 4 },
  ] as const;
  return kept.map(each => {
    const perParameter = each.weights + each.gradients + each.master + each.moments;
    return { ...each, perParameter, byteLength: perParameter * parameters };
  });
}
