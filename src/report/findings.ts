import type { Finding } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';

/** What a person should look at of a tensor: of its values, then of each scheme. */
export function findingsOf({ findings, schemeFindings }: TensorAnalysis): Finding[] {
  return [...findings, ...schemeFindings.flat()];
}

/** Findings as a part of JSON: an addition to the contract that is only there when there is something to say. */
export function noteField(findings: readonly Finding[]): { findings?: readonly Finding[] } {
  return findings.length > 0 ? { findings } : {};
}
