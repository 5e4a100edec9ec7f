import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';

/** Dtypes that have a kernel. */
export type WidenedDType = keyof typeof kernels;

const kernels = {
  BF16: { bytes: 2, name: 'widenBFloat16' },
  F16: { bytes: 2, name: 'widenFloat16' },
  F8_E4M3: { bytes: 1, name: 'widenFloat8E4M3' },
  F8_E5M2: { bytes: 1, name: 'widenFloat8E5M2' },
  I8: { bytes: 1, name: 'widenInt8' },
  U8: { bytes: 1, name: 'widenUint8' },
  I16: { bytes: 2, name: 'widenInt16' },
  U16: { bytes: 2, name: 'widenUint16' },
} as const satisfies Record<string, { bytes: 1 | 2; name: keyof KernelExports }>;

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
  const byteLength = kernel.bytes * length;
  if (bytes.length < byteLength) throw new RangeError(`${byteLength} bytes are needed`);
  const from = memory.addressOf('input', bytes.subarray(0, byteLength));
  wasm[kernel.name](from, byteOffset, length);
}
