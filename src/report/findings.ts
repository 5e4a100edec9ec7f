import type { Finding } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';

/** What a person should look at of a tensor: of its values, then of each scheme. */
export function findingsOf({ findings, schemeFindings }: TensorAnalysis): Finding[] {
  return [...findings, ...schemeFindings.flat()];
}
