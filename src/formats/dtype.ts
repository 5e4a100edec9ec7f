/** Element types by safetensors' names; C128 is numpy's complex128, which safetensors does not have. */
export type DType = keyof typeof dtypes;

type Kind = 'float' | 'int' | 'bool' | 'complex';

interface DTypeInfo {
  /** Bits of one stored element. */
  readonly bits: number;
  readonly kind: Kind;
  /** True where float32 cannot hold every value: rows stream as float64. */
  readonly wide: boolean;
}

const info = (bits: number, kind: Kind, wide = false): DTypeInfo => ({ bits, kind, wide });

/**
 * Every element type that a reader can list.
 * @source huggingface/safetensors safetensors/src/tensor.rs, enum Dtype; numpy/lib/_format_impl.py
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
} as const satisfies Record<string, DTypeInfo>;
