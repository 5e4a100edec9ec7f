import type { AnalysisView, Band, DocumentView, Series } from '../../src/protocol/editor';
import {
  formatBand,
  formatDecibel,
  formatFigure,
  formatInteger,
  formatPercent,
  formatPlain,
  middleEllipsis,
} from '../format';

/** What the charts need to know of a model. */
export type ChartedModel = Pick<DocumentView, 'schemes' | 'sigma'> & {
  readonly analysis: Pick<AnalysisView, 'state'>;
};

/** The marks of a series, whatever its figures are. */
export type Marks = Pick<Series, 'count' | 'start' | 'name'>;

/** One figure that the charts show for every layer. */
export interface Metric<S extends Marks = Series> {
  readonly id: 'scale' | 'zeroPoint' | 'outliers' | 'sqnr' | 'mse';
  readonly title: string;
  /** Unit, and what else belongs to it; said beside the title. */
  unit(doc: ChartedModel): string;
  /** Title, unit and axis in full. */
  readonly help: string;
  readonly log: boolean;
  /** False where the figure does not depend on a scheme. */
  readonly perScheme: boolean;
  readonly integers: boolean;
  /** Factor from the figure to what the axis shows. */
  readonly factor: number;
  /** Which end is worth naming to someone who cannot see the chart. */
  readonly notable: 'lowest' | 'highest';
  bands(series: S): readonly Band[];
  format(x: number | null | undefined): string;
  /** Unit written after a figure. */
  readonly suffix: string;
}

const common = { perScheme: true, integers: false, factor: 1, suffix: '' } as const;

/** The five charts, in the order shown. */
export const metrics: readonly Metric[] = [
  {
    ...common,
    id: 'scale',
    title: 'Scale',
    unit: () => 'weight per step, log',
    help: 'Size of one quantization step; with a scale per channel, from the lowest to the highest channel. Logarithmic axis.',
    log: true,
    notable: 'highest',
    bands: series => series.schemes.map(s => s.scale),
    format: x => formatFigure(x, 3),
  },
  {
    ...common,
    id: 'zeroPoint',
    title: 'Zero point',
    unit: () => 'code',
    help: 'The integer code that stands for 0; always 0 in a symmetric scheme.',
    log: false,
    integers: true,
    notable: 'highest',
    bands: series => series.schemes.map(s => s.zeroPoint),
    format: formatInteger,
  },
  {
    ...common,
    id: 'outliers',
    title: 'Outliers',
    unit: doc => `% with |x| > ${formatPlain(doc.sigma)}σ`,
    help: 'Share of the elements whose magnitude is above so many standard deviations.',
    log: false,
    perScheme: false,
    factor: 100,
    notable: 'highest',
    bands: series => [series.outliers],
    format: formatPercent,
  },
  {
    ...common,
    id: 'sqnr',
    title: 'SQNR',
    unit: () => 'dB, higher is better',
    help: 'Signal to quantization noise ratio in decibel: 10 log10 of the weights’ energy over the error’s.',
    log: false,
    notable: 'lowest',
    bands: series => series.schemes.map(s => s.sqnrDb),
    format: formatDecibel,
    suffix: ' dB',
  },
  {
    ...common,
    id: 'mse',
    title: 'MSE',
    unit: () => 'weight², log',
    help: 'Mean squared difference between a weight and its quantized value; lower is better. Logarithmic axis.',
    log: true,
    notable: 'highest',
    bands: series => series.schemes.map(s => s.mse),
    format: x => formatFigure(x, 3),
  },
];

/** The figure of one mark with its unit: one value, or lowest to highest. */
export function formatMark(
  metric: Pick<Metric, 'format' | 'suffix'>,
  band: Band | undefined,
  mark: number,
): string {
  const text = formatBand(band?.low[mark], band?.high[mark], metric.format);
  return /\d/.test(text) ? `${text}${metric.suffix}` : text;
}

/** What a chart shows, in a sentence: for those who cannot see it. */
export function describeChart<S extends Marks>(
  metric: Metric<S>,
  series: S,
  doc: ChartedModel,
): string {
  const parts = metric.bands(series).map((band, i) => {
    const found = extreme(metric, band);
    const name = metric.perScheme ? `${doc.schemes[i]}: ` : '';
    if (!found) return `${name}no figures yet`;
    const value = metric.format(found.value) + metric.suffix;
    const word = metric.id === 'sqnr' ? 'worst' : metric.notable;
    return `${name}${word} ${value} at ${middleEllipsis(series.name[found.mark] ?? '', 80)}`;
  });
  return `${metric.title} per layer (${metric.unit(doc)}). ${parts.join('; ')}.`;
}

function extreme(
  { notable }: Pick<Metric, 'notable'>,
  band: Band,
): { mark: number; value: number } | null {
  const values = notable === 'lowest' ? band.low : band.high;
  let best: { mark: number; value: number } | null = null;
  values.forEach((value, mark) => {
    if (Number.isNaN(value)) return;
    const better =
      notable === 'lowest' ? value < (best?.value ?? Infinity) : value > (best?.value ?? -Infinity);
    if (better) best = { mark, value };
  });
  return best;
}

/** Marks whose figure is 0 or less: a logarithmic axis has no place for them. */
export function countZeros(bands: readonly Band[]): number {
  const marks = bands[0]?.low.length ?? 0;
  let count = 0;
  for (let i = 0; i < marks; i++) if (bands.some(band => band.high[i]! <= 0)) count++;
  return count;
}

/** Lowest and highest finite value of some bands, or null; for a log axis only what is above 0. */
export function extent(bands: readonly Band[], log: boolean): [low: number, high: number] | null {
  let low = Infinity;
  let high = -Infinity;
  const take = (value: number) => {
    if (!Number.isFinite(value) || (log && value <= 0)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const band of bands) {
    band.low.forEach(take);
    band.high.forEach(take);
  }
  return low <= high ? [low, high] : null;
}
