import { type ChartId, type ChartPicture, chartIds } from './chartFigures';
import { chartSvg } from './chartSvg';
import {
  type Block,
  type ModelReport,
  madeWith,
  reportSections,
  type Section,
} from './modelReport';
import { darkPalette, lightPalette, type Palette } from './palette';
import { escapeXml } from './xml';

/** Of a chart, in CSS pixels; a narrower page shows it smaller. */
const chartSize = { width: 960, height: 260 } as const;

/**
 * A report as one HTML page that needs nothing else: no script, no request, styles and charts inside it. It is well-formed XML,
 * too, and light or dark as the reader's system is.
 */
export function htmlReport(report: ModelReport): string {
  const { fileName } = report;
  const sections = reportSections(report).map(it => section(it, report));
  return `<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="generator" content="Quantscope ${escapeXml(report.version)}" />
<title>${escapeXml(fileName)}: quantization report</title>
<style>
${style}</style>
</head>
<body>
<main>
<header>
<h1>${escapeXml(fileName)}</h1>
<p>${escapeXml(madeWith(report))}</p>
</header>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function section({ title, blocks }: Section, report: ModelReport): string {
  const parts = blocks.map(it => block(it, title, report));
  return `<section>\n<h2>${escapeXml(title)}</h2>\n${parts.join('\n')}\n</section>`;
}

function block(it: Block, title: string, report: ModelReport): string {
  switch (it.kind) {
    case 'text':
      return `<p>${escapeXml(it.text)}</p>`;
    case 'facts':
      return `<dl>\n${it.facts
        .map(([term, text]) => `<dt>${escapeXml(term)}</dt><dd>${escapeXml(text)}</dd>`)
        .join('\n')}\n</dl>`;
    case 'table':
      return table(it, title);
    case 'list':
      return `<ul>\n${it.items.map(item => `<li>${escapeXml(item)}</li>`).join('\n')}\n</ul>`;
    case 'charts':
      return chartIds.map(id => figure(id, report)).join('\n');
  }
}

/** Wide tables scroll by themselves, also with the keyboard. */
function table({ columns, rows }: Extract<Block, { kind: 'table' }>, title: string): string {
  const classOf = columns.map(c => (c.isFigure ? ' class="n"' : ''));
  const head = columns
    .map((c, i) => `<th scope="col"${classOf[i]}>${escapeXml(c.title)}</th>`)
    .join('');
  const lines = rows.map(cells => {
    const [first = '', ...rest] = cells.map(escapeXml);
    const others = rest.map((text, i) => `<td${classOf[i + 1]}>${text}</td>`);
    return `<tr><th scope="row">${first}</th>${others.join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeXml(title)}">
<table>
<thead><tr>${head}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>
</div>`;
}

function figure(id: ChartId, { series, schemes, sigma }: ModelReport): string {
  const picture: ChartPicture = { id, series, sigma, schemes: schemes.map(s => s.text) };
  return `<figure>${chartSvg(picture, { palette: pagePalette, ...chartSize })}</figure>`;
}

/** Every colour by the name of a variable, which the page sets for light and for dark. */
const pagePalette = named(lightPalette);

function named({ schemes, kinds, ...colors }: Palette): Palette {
  const own = Object.keys(colors) as (keyof typeof colors)[];
  return {
    ...(Object.fromEntries(own.map(name => [name, `var(--${name})`])) as typeof colors),
    schemes: schemes.map((_, i) => `var(--scheme${i})`),
    kinds,
  };
}

function variables({ schemes, kinds: _, ...colors }: Palette): string {
  const all = [...Object.entries(colors), ...schemes.map((c, i) => [`scheme${i}`, c] as const)];
  return all.map(([name, color]) => `--${name}: ${color};`).join(' ');
}

const style = `:root { color-scheme: light dark; ${variables(lightPalette)} }
@media (prefers-color-scheme: dark) { :root { ${variables(darkPalette)} } }
body { margin: 0; background: var(--background); color: var(--text); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { margin: 0; font-size: 22px; overflow-wrap: anywhere; }
h2 { margin: 32px 0 8px; font-size: 16px; overflow-wrap: anywhere; }
header p, dt, thead th { color: var(--muted); }
p { margin: 4px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-inline-start: 20px; overflow-wrap: anywhere; }
figure { margin: 12px 0; }
svg { display: block; width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 12px 2px 0; border-bottom: 1px solid var(--grid); text-align: start; font-weight: normal; white-space: nowrap; }
.n { text-align: end; }
@media print { .wide { overflow: visible; } }
`;
