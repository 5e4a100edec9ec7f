import { escapeControls } from '../base/format';

/** Text as Markdown that shows just that text: no formatting, links, images or HTML come of a name in a file. */
export function escapeMarkdown(text: string): string {
  return escapeControls(text).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** A table whose columns but the first are figures; cells are Markdown already, with their bars escaped. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, column) => (column === 0 ? ':---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}
