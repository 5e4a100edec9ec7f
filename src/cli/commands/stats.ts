import { formatCountOf, formatFigure, formatShape } from '../../base/format';
import { schemeOf } from '../../checkpoints/schemeOf';
import type { TensorEntry } from '../../formats/tensorFile';
import type { TensorAnalysis } from '../../protocol/worker';
import { findingsOf } from '../../report/findings';
import type { Profile } from '../../stats/profile';
import { analyzeEach } from '../analyzeEach';
import { openFile } from '../model';
import { noteField, noteLines } from '../notes';
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
  const findings = [...model.findings, ...lines.flatMap(r => findingsOf(r.analysis))];
  if (json) return `${JSON.stringify({ tensors: lines.map(plain), ...noteField(findings) })}\n`;
  return `${renderTable(columns, lines)}${noteLines(findings)}${formatCountOf(lines.length, 'tensor')}, outliers beyond ${sigma} sigma\n`;
}

function plain({ entry, analysis }: Line) {
  const { name, dtype, shape, count } = entry;
  const { profile, detail, channels } = analysis;
  return {
    name,
    dtype,
    shape,
    count,
    nonFinite: profile ? profile.nan + profile.infinite : null,
    zeros: profile?.zeros ?? null,
    min: profile?.min ?? null,
    max: profile?.max ?? null,
    absMax: profile?.absMax ?? null,
    mean: profile?.mean ?? null,
    std: profile?.std ?? null,
    outliers: profile?.outliers ?? { threshold: null, count: null },
    ...(detail !== undefined && { detail }),
    ...(channels !== undefined && { channels }),
  };
}
