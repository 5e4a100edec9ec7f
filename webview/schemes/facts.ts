import * as l10n from '@vscode/l10n';
import type { SchemeFacts } from '../../src/protocol/schemes';
import { formatBytes, formatFigure } from '../format';

/** What a scheme costs, in full: `8.008 bits per weight · model 148 MB`. */
export function factsText({ bitsPerWeight, byteLength }: SchemeFacts): string {
  const size = l10n.t('model {0}', formatBytes(byteLength));
  if (bitsPerWeight === null) return size;
  return `${l10n.t('{0} bits per weight', formatFigure(bitsPerWeight, 4))} · ${size}`;
}

/** The same for a chip: `8.008 bits` and `148 MB`. */
export function shortFacts({ bitsPerWeight, byteLength }: SchemeFacts): readonly string[] {
  const size = formatBytes(byteLength);
  return bitsPerWeight === null
    ? [size]
    : [l10n.t('{0} bits', formatFigure(bitsPerWeight, 4)), size];
}

/** What a scheme means and costs, for a tooltip. */
export function schemeTitle(text: string, facts: SchemeFacts | null): string {
  return facts ? `${text}\n${facts.meaning}\n${factsText(facts)}` : text;
}
