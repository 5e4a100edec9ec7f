import * as l10n from '@vscode/l10n';
import { type TensorKind, tensorKinds } from '../../src/base/tensorKind';
import type {
  AnalysisView,
  Band,
  DocumentView,
  KindBands,
  ParamBand,
  SchemeBands,
  Series,
} from '../../src/protocol/editor';
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

/** The figures of one kind of tensor. */
export interface KindBand {
  readonly kind: TensorKind;
  readonly band: Band & Partial<ParamBand>;
}

/** One figure that the charts show for every layer. */
export interface Metric<S extends Marks = Series> {
  readonly id: 'scale' | 'zeroPoint' | 'outliers' | 'sqnr' | 'mse' | 'casts';
  readonly title: string;
  /** Unit, and what else belongs to it; said beside the title. */
  unit(doc: ChartedModel): string;
  /** Title and unit in full. */
  readonly help: string;
  /** Whether the axis is logarithmic. */
  readonly log: boolean;
  /** Whether the user may make it linear or logarithmic. */
  readonly canSwitch: boolean;
  /** False where the figure does not depend on a scheme. */
  readonly perScheme: boolean;
  readonly integers: boolean;
  /** Factor from the figure to what the axis shows. */
  readonly factor: number;
  /** Which end is worth naming to someone who cannot see the chart. */
  readonly notable: 'lowest' | 'highest';
  /** By scheme; one where the figure does not depend on it. */
  bands(series: S): readonly (Band & Partial<ParamBand>)[];
  /** By kind of tensor, under the scheme that the series was asked for. */
  kindBands?(series: S): readonly KindBand[];
  /** By scheme: figures to compare with. */
  theory?(series: S): readonly Band[];
  format(x: number | null | undefined): string;
  /** Unit written after a figure. */
  readonly suffix: string;
}

const common = { perScheme: true, integers: false, factor: 1, suffix: '' } as const;

/** The five charts, in the order shown. */
export function makeMetrics(): readonly Metric[] {
  return [
    {
      ...common,
      ...drawn('scale', bands => bands.scale),
      title: l10n.t('Scale'),
      unit: () => l10n.t('weight per step'),
      help: l10n.t(
        'Size of one quantization step; with a scale per channel or group, from the lowest to the highest, with a line at the median.',
      ),
      log: true,
      canSwitch: true,
      notable: 'highest',
      format: x => formatFigure(x, 3),
    },
    {
      ...common,
      ...drawn('zeroPoint', bands => bands.zeroPoint),
      title: l10n.t('Zero point'),
      unit: () => l10n.t('code'),
      help: l10n.t(
        'The integer code that stands for 0; always 0 in a symmetric scheme. With several, from the lowest to the highest, with a line at the median.',
      ),
      log: false,
      canSwitch: false,
      integers: true,
      notable: 'highest',
      format: formatInteger,
    },
    {
      ...common,
      id: 'outliers',
      bands: series => [series.outliers],
      kindBands: series => kindBands(series, bands => bands.outliers),
      title: l10n.t('Outliers'),
      unit: doc => l10n.t('% with |x| > {0}σ', formatPlain(doc.sigma)),
      help: l10n.t('Share of the elements whose magnitude is above so many standard deviations.'),
      log: false,
      canSwitch: true,
      perScheme: false,
      factor: 100,
      notable: 'highest',
      format: formatPercent,
    },
    {
      ...common,
      ...drawn('sqnr', bands => bands.sqnrDb),
      theory: series => series.schemes.map(s => s.gaussianSqnrDb),
      title: l10n.t('SQNR'),
      unit: () => l10n.t('dB, higher is better'),
      help: l10n.t(
        'Signal to quantization noise ratio in decibel: 10 log10 of the weights’ energy over the error’s. A dash marks what Gaussian weights would get.',
      ),
      log: false,
      canSwitch: true,
      notable: 'lowest',
      format: formatDecibel,
      suffix: ' dB',
    },
    {
      ...common,
      ...drawn('mse', bands => bands.mse),
      title: l10n.t('MSE'),
      unit: () => l10n.t('weight²'),
      help: l10n.t(
        'Mean squared difference between a weight and its quantized value; lower is better.',
      ),
      log: true,
      canSwitch: true,
      notable: 'highest',
      format: x => formatFigure(x, 3),
    },
  ];
}

function drawn<I extends Metric['id']>(id: I, of: (bands: SchemeBands) => Band) {
  return {
    id,
    bands: (series: Series) => series.schemes.map(of),
    kindBands: (series: Series) => kindBands(series, of),
  };
}

function kindBands(series: Series, of: (bands: KindBands) => Band): KindBand[] {
  return (series.kinds ?? []).map(bands => ({ kind: tensorKinds[bands.kind]!, band: of(bands) }));
}

/** The unit, and that the axis is logarithmic if it is. */
export function unitText<S extends Marks>(metric: Metric<S>, doc: ChartedModel): string {
  return metric.log ? l10n.t('{0}, log', metric.unit(doc)) : metric.unit(doc);
}

/** The figure of one mark with its unit: one value, or lowest to highest with the median where it is known. */
export function formatMark(
  metric: Pick<Metric, 'format' | 'suffix'>,
  band: (Band & Partial<ParamBand>) | undefined,
  mark: number,
): string {
  const [low, high, median] = [band?.low[mark], band?.high[mark], band?.median?.[mark]];
  const text = formatBand(low, high, metric.format);
  if (!/\d/.test(text)) return text;
  const isSpread = low !== high && median !== undefined && !Number.isNaN(median);
  const middle = isSpread ? l10n.t(' (median {0})', metric.format(median)) : '';
  return `${text}${metric.suffix}${middle}`;
}

/** A line of a chart: what it is of, and its figures. */
export interface Described {
  /** Scheme or kind; empty where there is but one line. */
  readonly name: string;
  readonly band: Band;
}

/** What a chart shows, in a sentence: for those who cannot see it. */
export function describeChart<S extends Marks>(
  metric: Metric<S>,
  { name }: Pick<S, 'name'>,
  { doc, lines }: { readonly doc: ChartedModel; readonly lines: readonly Described[] },
): string {
  const parts = lines.map(line => {
    const found = extreme(metric, line.band);
    const of = line.name ? `${line.name}: ` : '';
    if (!found) return of + l10n.t('no figures yet');
    const value = metric.format(found.value) + metric.suffix;
    const at = middleEllipsis(name[found.mark] ?? '', 80);
    return of + extremeText(metric, value, at);
  });
  return `${l10n.t('{0} per layer ({1}).', metric.title, unitText(metric, doc))} ${parts.join('; ')}.`;
}

function extremeText({ id, notable }: Pick<Metric, 'id' | 'notable'>, value: string, at: string) {
  if (id === 'sqnr') return l10n.t('worst {0} at {1}', value, at);
  return notable === 'lowest'
    ? l10n.t('lowest {0} at {1}', value, at)
    : l10n.t('highest {0} at {1}', value, at);
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
