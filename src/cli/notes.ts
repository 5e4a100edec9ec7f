import { escapeControls } from '../base/format';
import type { Finding } from '../formats/tensorFile';

/** What a person should look at, as lines under a table. */
export function noteLines(findings: readonly Finding[]): string {
  return findings.map(f => `note: ${escapeControls(f.message)}\n`).join('');
}

/** The same in JSON: an addition to the contract that is only there when there is something to say. */
export function noteField(findings: readonly Finding[]): { findings?: readonly Finding[] } {
  return findings.length > 0 ? { findings } : {};
}
