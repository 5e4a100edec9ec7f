import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TileMemory } from '../base/tile';
import { kernelEngine } from '../kernels/engine';
import { type Kernels, loadKernels } from '../kernels/kernels';
import type { Engine } from '../quant/run/engine';

/** Kernels lent to one analysis: two in the same thread may not share memory. */
export interface LentKernels {
  readonly engine: Engine;
  readonly memory: TileMemory;
  giveBack(): void;
}

/** Lends kernels; undefined where there are none. */
export type KernelShelf = () => LentKernels | undefined;

/** No kernels: the plain functions do the work. */
export const emptyShelf: KernelShelf = () => undefined;

/**
 * The kernels built beside the running bundle. The environment variable QUANTSCOPE_KERNELS=off leaves them out, and so does a
 * machine without WebAssembly SIMD.
 */
export function kernelShelf(folder: string): KernelShelf {
  if (process.env.QUANTSCOPE_KERNELS === 'off') return emptyShelf;
  const file = path.join(folder, 'kernels.wasm');
  const free: Kernels[] = [];
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  let areThere = existsSync(file);
  return () => {
    if (!areThere) return undefined;
    bytes ??= new Uint8Array(readFileSync(file));
    const kernels = free.pop() ?? loadKernels(bytes);
    areThere = kernels !== null;
    return kernels
      ? { ...kernelEngine(kernels), giveBack: () => void free.push(kernels) }
      : undefined;
  };
}
