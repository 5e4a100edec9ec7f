import { formatCountOf, formatFigure, formatShape } from '../../base/format';
import { schemeOf } from '../../checkpoints/schemeOf';
import type { TensorEntry } from '../../formats/tensorFile';
import type { TensorAnalysis } from '../../protocol/worker';
import { allFindings, statsJson } from '../../report/figuresJson';
import type { Profile } from '../../stats/profile';
import { analyzeEach } from '../analyzeEach';
import { openFile } from '../model';
import { noteLines } from '../notes';
import { type Selection, select } from '../select';
import { type Column, renderTable } from '../table';

interface Line {
  readonly entry: TensorEntry;
  readonly analysis: TensorAnalysis;
}

const figure = (title: string, of: (p: Profile) => number | null): Column<Line> => ({
  title,
  align: 'right',
  cell: ({ analysis: { profile } }) => (profile ? formatFigure(of(profile), 6) : '–'),
});

const columns: readonly Column<Line>[] = [
  { title: 'NAME', align: 'left', cell: l => l.entry.name },
  { title: 'DTYPE', align: 'left', cell: l => schemeOf(l.entry).scheme },
  { title: 'SHAPE', align: 'left', cell: l => formatShape(l.entry.shape) },
  figure('MIN', p => p.min),
  figure('MAX', p => p.max),
  figure('MEAN', p => p.mean),
  figure('STD', p => p.std),
  figure('ZEROS', p => p.zeros),
  figure('NAN/INF', p => p.nan + p.infinite),
  figure('THRESHOLD', p => p.outliers.threshold),
  figure('OUTLIERS', p => p.outliers.count),
];

/** What `stats` is asked for. */
export interface StatsOptions extends Selection {
  readonly json?: boolean;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Also quantiles, histogram, largest values and casts, in JSON. */
  readonly detail?: boolean;
  /** Also the figures of each row, in JSON. */
  readonly channels?: boolean;
  /** Most worker threads; absent: what suits the machine. */
  readonly workers?: number;
}

/** `quantscope stats FILE`: statistics of each tensor's values. */
export async function statsCommand(file: string, options: StatsOptions): Promise<string> {
  const model = await openFile(file);
  const chosen = select(model, options);
  const { sigma, json, detail, channels, workers } = options;
  const more = { ...(json && detail && { detail }), ...(json && channels && { channels }) };
  const lines = await analyzeEach(model, chosen, { sigma, schemes: [], workers, ...more });
  const findings = allFindings(model.findings, lines);
  if (json) return statsJson(lines, findings);
  return `${renderTable(columns, lines)}${noteLines(findings)}${formatCountOf(lines.length, 'tensor')}, outliers beyond ${sigma} sigma\n`;
}
