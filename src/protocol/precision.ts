import type { TensorKind } from '../base/tensorKind';
import type { FormSize, TrainingNeed } from '../quant/modelSizes';
import type { Cast, CastFormat } from '../stats/profile';
import type { Band, RowPage, Series, TensorRow } from './editor';
import type { TensorId } from './tensor';

/** Formats that are cast to, in the order shown. */
export const castFormats = [
  'fp16',
  'bf16',
  'fp8-e4m3',
  'fp8-e5m2',
] as const satisfies readonly CastFormat[];

/** What is counted of a cast, in the order shown. */
export const castFigures = ['changed', 'overflow', 'underflow', 'subnormal'] as const;

export type CastFigure = (typeof castFigures)[number];

/** What the precision view may ask of the host. A layer here is a tensor that a cast means something for: of floating-point numbers, or packed. */
export interface PrecisionRequests {
  /** From headers alone. */
  'precision/sizes': [null, ModelSizes];
  /** Wants what casts would do of every tensor from now on; a large model is not read for it before an analysis is started. */
  'precision/wantCasts': [null, null];
  /** What is known so far of the whole model. */
  'casts/totals': [null, CastTotals];
  'casts/page': [
    { readonly view: CastsView; readonly from: number; readonly count: number },
    CastPage,
  ];
  /** Row of a tensor; null where it is no layer. */
  'casts/find': [
    { readonly view: CastsView; readonly tensor: TensorId },
    { readonly row: number | null },
  ];
  'casts/series': [CastSeriesQuery, CastSeries];
}

/** Sizes of a model in the usual forms. */
export interface ModelSizes {
  readonly generation: number;
  readonly forms: readonly FormSize[];
  readonly training: readonly TrainingNeed[];
  /** What is converted: floating-point or packed tensors of two or more dimensions. */
  readonly converted: { readonly tensors: number; readonly weights: number };
  /** What stays as it is stored. */
  readonly others: { readonly tensors: number; readonly byteLength: number };
  /** Weights of all floating-point and packed tensors. */
  readonly parameters: number;
}

/** What casts would do, as far as it is known. */
export interface CastTotals {
  readonly generation: number;
  readonly layers: number;
  /** Layers with figures. */
  readonly known: number;
  /** Layers whose analysis failed. */
  readonly failed: number;
  /** Whether some figures are of a sample. */
  readonly sampled: boolean;
  /** What all layers are stored as; null where they differ. */
  readonly dtype: string | null;
  /** Finite values that were looked at, in the layers with figures. */
  readonly values: number;
  /** Largest magnitude; null while none is known. */
  readonly absMax: number | null;
  /** In the order of `castFormats`. */
  readonly formats: readonly CastTotal[];
}

/** What one cast would do: how many values, and in how many layers. */
export type CastTotal = { readonly format: CastFormat } & Readonly<
  Record<CastFigure, { readonly values: number; readonly layers: number }>
>;

export type CastSortKey = 'model' | 'name' | 'dtype' | 'values' | CastFigure;

/** Whether figures are compared as counts, or as parts of a layer's values. */
export type CastMeasure = 'count' | 'share';

/** Layers under one cast, in some order. */
export interface CastsView {
  readonly format: CastFormat;
  readonly by: CastMeasure;
  readonly sort: CastSortKey;
  readonly descending: boolean;
}

/** A layer under one cast. */
export interface CastRow {
  readonly tensor: TensorId;
  readonly name: string;
  readonly tensorKind: TensorKind;
  readonly dtype: string;
  readonly status: TensorRow['status'];
  /** Finite values that were looked at; null while unknown. */
  readonly values: number | null;
  /** Null while unknown. */
  readonly cast: Cast | null;
  /** Whether only a sample was looked at. */
  readonly sampled: boolean;
}

/** Rows [from, from + rows.length) of a view. */
export type CastPage = Omit<RowPage, 'rows'> & { readonly rows: readonly CastRow[] };

/** At most `marks` marks for all layers in the model's order. */
export interface CastSeriesQuery {
  readonly format: CastFormat;
  readonly by: CastMeasure;
  readonly figure: CastFigure;
  readonly marks: number;
}

/** One figure of all layers. `tensor[i]` is the first of mark i. */
export interface CastSeries
  extends Pick<Series, 'generation' | 'count' | 'start' | 'name' | 'tensor'> {
  readonly band: Band;
}
