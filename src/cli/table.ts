import { escapeControls } from '../base/format';

/** One column of a printed table. */
export interface Column<T> {
  readonly title: string;
  readonly align: 'left' | 'right';
  cell(row: T): string;
}

/** Lines with aligned columns, the titles first. */
export function renderTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = [
    columns.map(c => c.title),
    ...rows.map(r => columns.map(c => escapeControls(c.cell(r)))),
  ];
  const widths = columns.map((_, i) => cells.reduce((w, line) => Math.max(w, line[i]!.length), 0));
  const pad = (text: string, i: number) =>
    columns[i]!.align === 'left' ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
  return cells.map(line => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
}
