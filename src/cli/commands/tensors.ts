import { formatBytes, formatCount, formatShape } from '../../base/format';
import { schemeOf } from '../../checkpoints/schemeOf';
import type { TensorEntry } from '../../formats/tensorFile';
import { noteField } from '../../report/findings';
import { openFile } from '../model';
import { noteLines } from '../notes';
import { type Column, renderTable } from '../table';

const columns: readonly Column<TensorEntry>[] = [
  { title: 'NAME', align: 'left', cell: t => t.name },
  { title: 'DTYPE', align: 'left', cell: t => schemeOf(t).scheme },
  { title: 'SHAPE', align: 'left', cell: t => formatShape(t.shape) },
  { title: 'ELEMENTS', align: 'right', cell: t => formatCount(t.count) },
  { title: 'BYTES', align: 'right', cell: t => formatCount(t.data.byteLength) },
];

/** `quantscope tensors FILE`: what the headers say. */
export async function tensorsCommand(
  file: string,
  { json, raw }: { json?: boolean; raw?: boolean },
): Promise<string> {
  const { format, metadata, tensors, weights, findings } = await openFile(file);
  if (json) {
    const rows = tensors.map(({ name, dtype, shape, data }) => ({
      name,
      dtype,
      shape,
      byteLength: data.byteLength,
    }));
    const all = { format, metadata, tensors: rows, weights: weights.map(asWeight) };
    return `${JSON.stringify({ ...all, ...noteField(findings) })}\n`;
  }
  const listed = raw ? tensors : weights;
  const bytes = listed.reduce((sum, t) => sum + t.data.byteLength, 0);
  const parameters = listed.reduce((sum, t) => sum + t.count, 0);
  const summary = `${format}: ${formatCount(listed.length)} tensors, ${formatCount(parameters)} parameters, ${formatBytes(bytes)}`;
  return `${renderTable(columns, listed)}${noteLines(findings)}${summary}\n`;
}

function asWeight(entry: TensorEntry) {
  const { scheme, bits, groupSize, bitsPerWeight, tensors } = schemeOf(entry);
  const { name, shape } = entry;
  return { name, scheme, bits, groupSize, shape, bitsPerWeight, tensors };
}
