import { formatBytes, formatCount, formatShape } from '../../base/format';
import type { TensorEntry } from '../../formats/tensorFile';
import { openFile } from '../model';
import { noteField, noteLines } from '../notes';
import { type Column, renderTable } from '../table';

const columns: readonly Column<TensorEntry>[] = [
  { title: 'NAME', align: 'left', cell: t => t.name },
  { title: 'DTYPE', align: 'left', cell: t => t.dtype },
  { title: 'SHAPE', align: 'left', cell: t => formatShape(t.shape) },
  { title: 'ELEMENTS', align: 'right', cell: t => formatCount(t.count) },
  { title: 'BYTES', align: 'right', cell: t => formatCount(t.data.byteLength) },
];

/** `quantscope tensors FILE`: what the headers say. */
export async function tensorsCommand(file: string, { json }: { json?: boolean }): Promise<string> {
  const { format, metadata, tensors, findings } = await openFile(file);
  if (json) {
    const rows = tensors.map(({ name, dtype, shape, data }) => ({
      name,
      dtype,
      shape,
      byteLength: data.byteLength,
    }));
    return `${JSON.stringify({ format, metadata, tensors: rows, ...noteField(findings) })}\n`;
  }
  const bytes = tensors.reduce((sum, t) => sum + t.data.byteLength, 0);
  const parameters = tensors.reduce((sum, t) => sum + t.count, 0);
  const summary = `${format}: ${formatCount(tensors.length)} tensors, ${formatCount(parameters)} parameters, ${formatBytes(bytes)}`;
  return `${renderTable(columns, tensors)}${noteLines(findings)}${summary}\n`;
}
