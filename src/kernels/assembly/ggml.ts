// ggml's block types.
export { ggmlCounts, ggmlFinite } from './ggmlCodes';
export { ggmlErrors } from './ggmlErrors';
export { ggmlQ4_0, ggmlQ8_0 } from './ggmlLegacy';
export { ggmlQ2_K, ggmlQ4_K, ggmlQ5_K } from './ggmlMinQuants';
