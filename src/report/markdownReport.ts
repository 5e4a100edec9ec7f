import { escapeMarkdown } from './markdown';
import {
  type Block,
  type ModelReport,
  madeWith,
  reportSections,
  type Section,
} from './modelReport';

/** A report in GitHub's Markdown; the charts are left out: what shows Markdown need not show pictures that are part of it. */
export function markdownReport(report: ModelReport): string {
  const sections = reportSections(report).filter(({ blocks }) =>
    blocks.some(block => block.kind !== 'charts'),
  );
  const title = `# ${escapeMarkdown(report.fileName)}`;
  return `${[title, escapeMarkdown(madeWith(report)), ...sections.map(section)].join('\n\n')}\n`;
}

function section({ title, blocks }: Section): string {
  return [`## ${escapeMarkdown(title)}`, ...blocks.map(block)].join('\n\n');
}

function block(it: Block): string {
  switch (it.kind) {
    case 'text':
      return escapeMarkdown(it.text);
    case 'facts':
      return table(
        ['', ''],
        ['---', '---'],
        it.facts.map(([term, text]) => [term, text]),
      );
    case 'table':
      return table(
        it.columns.map(c => c.title),
        it.columns.map(c => (c.isFigure ? '---:' : '---')),
        it.rows,
      );
    case 'list':
      return it.items.map(item => `- ${escapeMarkdown(item)}`).join('\n');
    case 'charts':
      return '';
  }
}

/** Names with bars in them do not end a cell: `escapeMarkdown` marks every sign. */
function table(
  head: readonly string[],
  alignment: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const escaped = (cells: readonly string[]) => line(cells.map(escapeMarkdown));
  return [escaped(head), line(alignment), ...rows.map(escaped)].join('\n');
}
