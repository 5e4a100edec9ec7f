import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';

/** Elements that a kernel decodes at once: one, or a block of ggml's. */
interface WidenKernel {
  readonly size: number;
  readonly bytes: number;
  readonly name: keyof KernelExports;
}

/** Dtypes that have a kernel. */
export type WidenedDType = keyof typeof kernels;

const kernels = {
  BF16: { size: 1, bytes: 2, name: 'widenBFloat16' },
  F16: { size: 1, bytes: 2, name: 'widenFloat16' },
  F8_E4M3: { size: 1, bytes: 1, name: 'widenFloat8E4M3' },
  F8_E5M2: { size: 1, bytes: 1, name: 'widenFloat8E5M2' },
  I8: { size: 1, bytes: 1, name: 'widenInt8' },
  U8: { size: 1, bytes: 1, name: 'widenUint8' },
  I16: { size: 1, bytes: 2, name: 'widenInt16' },
  U16: { size: 1, bytes: 2, name: 'widenUint16' },
  Q4_0: { size: 32, bytes: 18, name: 'widenQ4_0' },
  Q4_1: { size: 32, bytes: 20, name: 'widenQ4_1' },
  Q5_0: { size: 32, bytes: 22, name: 'widenQ5_0' },
  Q5_1: { size: 32, bytes: 24, name: 'widenQ5_1' },
  Q8_0: { size: 32, bytes: 34, name: 'widenQ8_0' },
  Q2_K: { size: 256, bytes: 84, name: 'widenQ2_K' },
  Q3_K: { size: 256, bytes: 110, name: 'widenQ3_K' },
  Q4_K: { size: 256, bytes: 144, name: 'widenQ4_K' },
  Q5_K: { size: 256, bytes: 176, name: 'widenQ5_K' },
  Q6_K: { size: 256, bytes: 210, name: 'widenQ6_K' },
  IQ4_NL: { size: 32, bytes: 18, name: 'widenIQ4_NL' },
  IQ4_XS: { size: 256, bytes: 136, name: 'widenIQ4_XS' },
  MXFP4: { size: 32, bytes: 17, name: 'widenMXFP4' },
} as const satisfies Record<string, WidenKernel>;

/** Whether a dtype has a kernel. */
export function isWidened(dtype: string): dtype is WidenedDType {
  return Object.hasOwn(kernels, dtype);
}

/** See `Kernels.widen`. */
export function widen(
  wasm: KernelExports,
  memory: KernelMemory,
  { dtype, bytes, out }: { dtype: WidenedDType; bytes: Uint8Array; out: Float32Array },
): void {
  const kernel = kernels[dtype];
  const { byteOffset, length } = out;
  if (out.buffer !== memory.buffer) throw new TypeError('widen writes to memory of the kernels');
  const count = length / kernel.size;
  if (!Number.isInteger(count)) throw new RangeError(`${dtype} is decoded by whole blocks`);
  const byteLength = kernel.bytes * count;
  if (bytes.length < byteLength) throw new RangeError(`${byteLength} bytes are needed`);
  const from = memory.addressOf('input', bytes.subarray(0, byteLength));
  wasm[kernel.name](from, byteOffset, count);
}
