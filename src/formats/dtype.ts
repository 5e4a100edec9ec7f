/** Element types by safetensors' names, and ggml's by its own; C128 is numpy's complex128, which safetensors does not have. */
export type KnownDType = keyof typeof dtypes;

/** A type of a file of ggml's that has only a number here: neither its size nor its values are known. */
export type UnknownDType = `unknown type ${number}`;

/** What a tensor that a reader lists may be made of. */
export type DType = KnownDType | UnknownDType;

type Kind = 'float' | 'int' | 'bool' | 'complex' | 'unknown';

/** Elements that are stored together and cannot be told apart but by decoding them all. */
export interface Block {
  /** Elements. */
  readonly size: number;
  readonly bytes: number;
}

interface DTypeInfo {
  /** Bits of one stored element; of a block, on average: always an exact binary fraction. */
  readonly bits: number;
  readonly kind: Kind;
  /** True where float32 cannot hold every value: rows stream as float64. */
  readonly wide: boolean;
  /** Set where elements are stored in blocks: rows are whole blocks. */
  readonly block?: Block;
}

const info = (bits: number, kind: Kind, wide = false): DTypeInfo => ({ bits, kind, wide });

const blocks = (size: number, bytes: number): DTypeInfo => ({
  ...info((8 * bytes) / size, 'float'),
  block: { size, bytes },
});

/**
 * Every element type that is known.
 * @source huggingface/safetensors safetensors/src/tensor.rs, enum Dtype; numpy/lib/_format_impl.py; ggml-org/ggml
 *   src/ggml-common.h, struct block_*
 */
export const dtypes = {
  BOOL: info(8, 'bool'),
  F4: info(4, 'float'),
  F6_E2M3: info(6, 'float'),
  F6_E3M2: info(6, 'float'),
  U8: info(8, 'int'),
  I8: info(8, 'int'),
  F8_E5M2: info(8, 'float'),
  F8_E4M3: info(8, 'float'),
  F8_E8M0: info(8, 'float'),
  F8_E4M3FNUZ: info(8, 'float'),
  F8_E5M2FNUZ: info(8, 'float'),
  I16: info(16, 'int'),
  U16: info(16, 'int'),
  F16: info(16, 'float'),
  BF16: info(16, 'float'),
  I32: info(32, 'int', true),
  U32: info(32, 'int', true),
  F32: info(32, 'float'),
  C64: info(64, 'complex'),
  F64: info(64, 'float', true),
  I64: info(64, 'int', true),
  U64: info(64, 'int', true),
  C128: info(128, 'complex'),
  Q4_0: blocks(32, 18),
  Q4_1: blocks(32, 20),
  Q5_0: blocks(32, 22),
  Q5_1: blocks(32, 24),
  Q8_0: blocks(32, 34),
  Q8_1: blocks(32, 36),
  Q2_K: blocks(256, 84),
  Q3_K: blocks(256, 110),
  Q4_K: blocks(256, 144),
  Q5_K: blocks(256, 176),
  Q6_K: blocks(256, 210),
  Q8_K: blocks(256, 292),
  IQ1_S: blocks(256, 50),
  IQ1_M: blocks(256, 56),
  IQ2_XXS: blocks(256, 66),
  IQ2_XS: blocks(256, 74),
  IQ2_S: blocks(256, 82),
  IQ3_XXS: blocks(256, 98),
  IQ3_S: blocks(256, 110),
  IQ4_NL: blocks(32, 18),
  IQ4_XS: blocks(256, 136),
  TQ1_0: blocks(256, 54),
  TQ2_0: blocks(256, 66),
  MXFP4: blocks(32, 17),
  NVFP4: blocks(64, 36),
  Q1_0: blocks(128, 18),
  Q2_0: blocks(64, 18),
} as const satisfies Record<string, DTypeInfo>;

const unknown = info(0, 'unknown');

/** What is known of a type. */
export function dtypeInfo(dtype: DType): DTypeInfo {
  return isKnown(dtype) ? dtypes[dtype] : unknown;
}

/** Whether the values of a type are known. */
export function isKnown(dtype: DType): dtype is KnownDType {
  return Object.hasOwn(dtypes, dtype);
}
