import { formatFigure } from '../../base/format';
import type { ErrorReport } from '../../quant/errorReport';
import { parseScheme, printScheme } from '../../quant/scheme';
import { figuresOf } from '../../worker/analysis';
import { analyzeEach, openFile } from '../model';
import { noteField, noteLines } from '../notes';
import { type Selection, select } from '../select';
import { type Column, renderTable } from '../table';

type Line = Omit<ErrorReport, 'scheme'> & { readonly name: string };

const figure = (title: string, of: (l: Line) => number | null): Column<Line> => ({
  title,
  align: 'right',
  cell: l => formatFigure(of(l)),
});

const columns: readonly Column<Line>[] = [
  { title: 'NAME', align: 'left', cell: l => l.name },
  figure('BITS/WEIGHT', l => l.bitsPerWeight),
  figure('SQNR dB', l => l.sqnrDb),
  figure('MSE', l => l.mse),
  figure('MAX ERROR', l => l.maxAbsError),
  figure('COSINE', l => l.cosine),
  figure('CLIPPED', l => l.clippedFraction),
  figure('SCALES', l => l.scale.count),
  figure('SCALE MIN', l => l.scale.min),
  figure('SCALE MAX', l => l.scale.max),
  figure('ZERO MIN', l => l.zeroPoint.min),
  figure('ZERO MAX', l => l.zeroPoint.max),
];

/** `quantscope quantize FILE --scheme TEXT`: what a scheme does to each floating-point tensor. Writes nothing. */
export async function quantizeCommand(
  file: string,
  options: Selection & { json?: boolean; scheme: string },
): Promise<string> {
  const scheme = printScheme(parseScheme(options.scheme));
  const model = await openFile(file);
  const chosen = select(model.tensors, options).filter(t => figuresOf(t).schemes);
  const results = await analyzeEach(model, chosen, { sigma: 6, schemes: [scheme] });
  const lines = results.map(({ entry, analysis }) => plain(entry.name, analysis.reports[0]!));
  const findings = [...model.findings, ...results.flatMap(r => r.analysis.findings)];
  if (options.json)
    return `${JSON.stringify({ scheme, tensors: lines, ...noteField(findings) })}\n`;
  return `${renderTable(columns, lines)}${noteLines(findings)}scheme ${scheme}, ${lines.length} floating-point tensors\n`;
}

function plain(name: string, { scheme: _, ...figures }: ErrorReport): Line {
  return { name, ...figures };
}
