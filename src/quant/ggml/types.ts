import type { BlockFormat, StoredBlocks } from '../blockFormat';
import { q8k, q8v1 } from './activations';
import { q1v0, q2v0 } from './fewBits';
import { mxfp4, nvfp4 } from './fp4';
import { iq1m, iq1s } from './iq1';
import { iq2s, iq2xs, iq2xxs } from './iq2';
import { iq3s, iq3xxs } from './iq3';
import { iq4nl, iq4xs } from './iq4';
import { q2k, q4k, q5k } from './kMinQuants';
import { q3k, q6k } from './kSignedQuants';
import { q4v0, q4v1, q5v0, q5v1, q8v0 } from './legacy';
import { tq1v0, tq2v0 } from './ternary';

/**
 * ggml's block types, named as in ggml but in lower case. Each quantizes as ggml's own quantizer does without an
 * importance matrix, to the same bytes.
 *
 * As there, a scale beyond float16 is stored as infinity, and its block decodes to infinities and NaN; values up to 65504
 * are safe in every type. From about 1e16 the sums of q3_k, q6_k and iq4_xs overflow, and a block decodes to zeros.
 * A sub-block may have scale 0 beside a minimum (a negative value repeated, a step that rounds to 0): its values then are
 * the minimum, of which `paramsOf` can tell nothing.
 * @source ggml-org/ggml src/ggml.c, ggml_quantize_chunk with imatrix NULL, as built for x86-64 without FMA
 */
export const ggmlTypes: readonly BlockFormat[] = [
  ...[q4v0, q4v1, q5v0, q5v1, q8v0],
  ...[q2k, q3k, q4k, q5k, q6k],
  ...[iq4nl, iq4xs],
  ...[tq1v0, tq2v0],
];

/** Every block type that a file of ggml's may hold; of some only reading is known here. */
export const ggmlStored: readonly StoredBlocks[] = [
  ...ggmlTypes,
  ...[iq1s, iq1m, iq2xxs, iq2xs, iq2s, iq3xxs, iq3s],
  ...[q8v1, q8k],
  ...[mxfp4, nvfp4],
  ...[q1v0, q2v0],
];
