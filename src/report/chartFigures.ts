import { formatPlain } from '../base/format';
import { type TensorKind, tensorKinds } from '../base/tensorKind';
import type { Band, KindBands, ParamBand, SchemeBands, Series } from '../protocol/editor';

/** The charts of layers, in the order in which they are shown. */
export const chartIds = ['scale', 'zeroPoint', 'outliers', 'sqnr', 'mse'] as const;
export type ChartId = (typeof chartIds)[number];

/** The figures of layers, of whatever generation. */
export type ChartSeries = Omit<Series, 'generation'>;

/** A chart of layers as a picture. */
export interface ChartPicture {
  readonly id: ChartId;
  readonly series: ChartSeries;
  /** Texts of the series' schemes. */
  readonly schemes: readonly string[];
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Numbers of schemes that are not shown. */
  readonly hidden?: readonly number[];
  /** Whether the axis is logarithmic; absent: as is usual for the figure. */
  readonly log?: boolean;
  /** Set where kinds of tensors are told apart, under this one scheme. */
  readonly byKind?: { readonly scheme: string; readonly hidden: readonly TensorKind[] };
}

/** What is drawn of one scheme or kind. */
export interface Line {
  readonly name: string;
  readonly band: Band & Partial<ParamBand>;
  /** A figure to compare with. */
  readonly theory?: Band;
  /** What it looks like: number of the scheme, a kind, or neither. */
  readonly look: number | TensorKind | null;
}

/** What is particular to a figure. */
export interface FigureFacts {
  readonly title: string;
  readonly unit: string;
  readonly log: boolean;
  readonly integers: boolean;
  /** From the figure to what the axis shows. */
  readonly factor: number;
  /** Whether 0 is on a linear axis even where no bars start there. */
  readonly zero: boolean;
}

/** What the chart is called, and what its axis is like. */
export function figureFacts({ id, sigma }: Pick<ChartPicture, 'id' | 'sigma'>): FigureFacts {
  const usual = { log: false, integers: false, factor: 1, zero: true };
  switch (id) {
    case 'scale':
      return { ...usual, title: 'Scale', unit: 'weight per step', log: true };
    case 'zeroPoint':
      return { ...usual, title: 'Zero point', unit: 'code', integers: true };
    case 'outliers':
      return {
        ...{ ...usual, title: 'Outliers', factor: 100 },
        unit: `% with |x| > ${formatPlain(sigma)}σ`,
      };
    case 'sqnr':
      return { ...usual, title: 'SQNR', unit: 'dB, higher is better', zero: false };
    case 'mse':
      return { ...usual, title: 'MSE', unit: 'weight²', log: true };
  }
}

/** What is drawn, in the order in which it is. */
export function linesOf(picture: ChartPicture): Line[] {
  const { id, series, schemes, hidden = [], byKind } = picture;
  if (byKind) return kindLines(series.kinds ?? [], id, byKind.hidden);
  if (id === 'outliers') return [{ name: '', band: series.outliers, look: null }];
  return series.schemes.flatMap((bands, i) => {
    if (hidden.includes(i)) return [];
    const theory = id === 'sqnr' && { theory: bands.gaussianSqnrDb };
    return [{ name: schemes[i] ?? '', band: bandOf(bands, id), look: i, ...theory }];
  });
}

function kindLines(
  kinds: readonly KindBands[],
  id: ChartId,
  hidden: readonly TensorKind[],
): Line[] {
  return kinds.flatMap(bands => {
    const kind = tensorKinds[bands.kind]!;
    if (hidden.includes(kind)) return [];
    const band = id === 'outliers' ? bands.outliers : bandOf(bands, id);
    return [{ name: kindNames[kind], band, look: kind }];
  });
}

function bandOf(bands: SchemeBands, id: Exclude<ChartId, 'outliers'>): Line['band'] {
  return id === 'sqnr' ? bands.sqnrDb : bands[id];
}

/** What kinds are called in pictures. */
const kindNames: Readonly<Record<TensorKind, string>> = {
  embedding: 'Embedding',
  q: 'Query',
  k: 'Key',
  v: 'Value',
  qkv: 'Fused query, key, value',
  o: 'Attention output',
  gate: 'Gate',
  up: 'Up',
  down: 'Down',
  norm: 'Norm',
  head: 'Output head',
  conv: 'Convolution',
  bias: 'Bias',
  other: 'Other',
};
