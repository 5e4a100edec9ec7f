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
  // Hovers draw tables without any space between their columns, and trim what is typed.
  const spaced = (cells: readonly string[]) =>
    line(cells.map((c, i) => (i === 0 ? c : `&nbsp;&nbsp; ${c}`)));
  const alignment = line(head.map((_, i) => (i === 0 ? ':---' : '---:')));
  return [spaced(head), alignment, ...rows.map(spaced)].join('\n');
}
