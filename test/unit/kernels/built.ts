import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Kernels, loadKernels } from '../../../src/kernels/kernels';

const { buildKernels } = createRequire(import.meta.url)('../../../esbuild.js') as {
  buildKernels: () => string;
};

/** The kernels as `npm run build` makes them. */
export function builtKernels(): Kernels {
  const kernels = loadKernels(new Uint8Array(readFileSync(buildKernels())));
  if (!kernels) throw new Error('this Node has no WebAssembly SIMD');
  return kernels;
}
