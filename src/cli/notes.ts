import { escapeControls } from '../base/format';
import type { Finding } from '../formats/tensorFile';

/** What a person should look at, as lines under a table. */
export function noteLines(findings: readonly Finding[]): string {
  return findings.map(f => `note: ${escapeControls(f.message)}\n`).join('');
}
