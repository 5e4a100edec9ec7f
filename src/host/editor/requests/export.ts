import * as v from 'valibot';
import { tensorKinds } from '../../../base/tensorKind';
import type { ExportRequests, ExportWish } from '../../../protocol/export';
import type { Handlers } from '../../../protocol/rpc';
import { chartIds } from '../../../report/chartFigures';
import { checked, type Schemas } from '../../checked';
import { saveExport } from '../saveExport';
import { type RequestHost, rowsView, schemeIndex, tensorId } from './common';

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
        const saved = exporting ? await saveExport(document, exporting, wanted, signal) : null;
        return { saved };
      },
      async 'export/open'() {
        await exporting?.saver.open();
        return null;
      },
    },
  );
}
