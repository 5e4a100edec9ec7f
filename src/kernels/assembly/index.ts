// The kernels of dist/kernels.wasm. AssemblyScript, not TypeScript: `npm run build` compiles it with asc.
// Pointers are byte addresses; every function says what its caller has to make room for. Nothing is imported, nothing allocated.
export { clipLosses } from './clip';
export { affineApply, affineSegments } from './affine';
export { affineCodes } from './affineCodes';
export * from './ggml';
export { countPatterns, histogram } from './histogram';
export { levelApply, levelSegments, useLevels } from './levels';
export { finiteRange } from './range';
export { collectBetween, countBeyond, firstFinite, stats } from './stats';
export * from './widenBlocks';
export * from './widenKBlocks';
export {
  widenBFloat16,
  widenFloat16,
  widenFloat8E4M3,
  widenFloat8E5M2,
  widenInt8,
  widenInt16,
  widenUint8,
  widenUint16,
} from './widen';

/** The first address that is the caller's to use. */
export function heapBase(): usize {
  return __heap_base;
}
