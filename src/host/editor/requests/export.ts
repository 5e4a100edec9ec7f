import * as v from 'valibot';
import { WeightError } from '../../../base/errors';
import { tensorKinds } from '../../../base/tensorKind';
import type { ExportRequests, ExportWish } from '../../../protocol/export';
import type { Handlers } from '../../../protocol/rpc';
import { chartIds } from '../../../report/chartFigures';
import { checked, type Schemas } from '../../checked';
import { exportText } from '../exports';
import type { Saving } from '../saver';
import { loadedWith, type RequestHost, rowsView, schemeIndex, tensorId } from './common';

/** Of a picture that a page has drawn: a screen's worth at twice its size is far below. */
const mostPictureBytes = 50e6;
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const picture = v.pipe(
  v.instance(Uint8Array),
  v.maxLength(mostPictureBytes),
  v.check(bytes => pngSignature.every((byte, i) => bytes[i] === byte), 'not a PNG image'),
);
const schemes = v.pipe(v.array(schemeIndex), v.maxLength(4));

const wish = v.variant('kind', [
  v.strictObject({ kind: v.literal('csv'), view: rowsView, schemes }),
  v.strictObject({ kind: v.picklist(['html', 'markdown', 'statsJson']) }),
  v.strictObject({ kind: v.literal('quantizeJson'), scheme: schemeIndex }),
  v.strictObject({
    kind: v.literal('svg'),
    chart: v.picklist(chartIds),
    view: rowsView,
    range: v.exactOptional(v.strictObject({ from: tensorId, to: tensorId })),
    hidden: schemes,
    log: v.boolean(),
    byKind: v.exactOptional(
      v.strictObject({ scheme: schemeIndex, hidden: v.array(v.picklist(tensorKinds)) }),
    ),
  }),
  v.strictObject({
    kind: v.literal('png'),
    name: v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/)),
    bytes: picture,
  }),
]) satisfies v.GenericSchema<unknown, ExportWish>;

const schemas: Schemas<ExportRequests> = { 'export/save': wish, 'export/open': v.null() };

/** Answers for the export part of the page. */
export function exportHandlers(host: RequestHost): Handlers<ExportRequests> {
  const { document, exporting } = host;
  return checked<ExportRequests>(
    { schemas, onInternalError: host.onInternalError },
    {
      async 'export/save'(wanted, { signal }) {
        const { schemes, schemeFacts, fileName } = document.view();
        const loaded = loadedWith(document);
        if (wanted.kind === 'quantizeJson' && schemes[wanted.scheme] === undefined)
          throw new WeightError('cancelled', `scheme ${wanted.scheme} is not shown any more`);
        const version = exporting?.version ?? '';
        const source = { fileName, version, loaded, schemes, schemeFacts };
        // Made before the dialog: what is saved is what the user saw.
        const bytes =
          wanted.kind === 'png'
            ? wanted.bytes
            : new TextEncoder().encode(await exportText(source, wanted, signal));
        const name = `${stem(fileName)}.${nameFor(wanted, schemes)}`;
        const saved =
          (await exporting?.saver.save({ name, ending: endings[wanted.kind], bytes })) ?? null;
        return { saved };
      },
      async 'export/open'() {
        await exporting?.saver.open();
        return null;
      },
    },
  );
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
