import { WeightError } from '../../base/errors';
import type { ExportWish } from '../../protocol/export';
import type { ModelDocument } from './document';
import { exportText } from './exports';
import { loadedWith } from './requests/common';
import type { Saver, Saving } from './saver';

/** Where exports go, and what made them. */
export interface Exporting {
  readonly saver: Saver;
  /** Of the extension. */
  readonly version: string;
}

/**
 * Saves what is known of a model, where the user says. @returns the name of the file, null when the user gave no place
 * @throws WeightError 'cancelled' for a scheme that is not shown any more, or with the signal; whatever saving throws
 */
export async function saveExport(
  document: ModelDocument,
  { saver, version }: Exporting,
  wish: ExportWish,
  signal: AbortSignal,
): Promise<string | null> {
  const { schemes, schemeFacts, fileName } = document.view();
  const loaded = loadedWith(document);
  if (wish.kind === 'quantizeJson' && schemes[wish.scheme] === undefined)
    throw new WeightError('cancelled', `scheme ${wish.scheme} is not shown any more`);
  const source = { fileName, version, loaded, schemes, schemeFacts };
  // Made before the dialog: what is saved is what the user saw.
  const bytes =
    wish.kind === 'png'
      ? wish.bytes
      : new TextEncoder().encode(await exportText(source, wish, signal));
  const name = `${stem(fileName)}.${nameFor(wish, schemes)}`;
  return saver.save({ name, ending: endings[wish.kind], bytes });
}

const endings: Readonly<Record<ExportWish['kind'], Saving['ending']>> = {
  csv: 'csv',
  html: 'html',
  markdown: 'md',
  quantizeJson: 'json',
  statsJson: 'json',
  svg: 'svg',
  png: 'png',
};

/** Without the ending that says the format: `model` of `model.safetensors.index.json`. */
function stem(fileName: string): string {
  return fileName.replace(/\.(?:safetensors(?:\.index\.json)?|gguf|np[yz])$/i, '') || 'model';
}

function nameFor(wanted: ExportWish, schemes: readonly string[]): string {
  switch (wanted.kind) {
    case 'quantizeJson':
      return (schemes[wanted.scheme] ?? '').replace(/[^\w-]+/g, '-').slice(0, 60) || 'scheme';
    case 'statsJson':
      return 'stats';
    case 'svg':
      return wanted.chart;
    case 'png':
      return wanted.name;
    default:
      return 'quantscope';
  }
}
